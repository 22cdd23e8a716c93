// SPDX-License-Identifier: MIT
#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/create_flags.hpp"
#include "engine.hpp"

namespace zoomin::cli {

namespace {

// Returns the fields to change. An invalid value is a misuse of the flag, so the exit
// status is 125, as with docker.
container::create_request changes_from(const flags& options) try {
  container::create_request request;
  put_fields(options, container::update_fields(), request);
  return request["HostConfig"];
} catch (const usage_error& refused) {
  throw misuse(refused.what(), refused.hint());
}

int update(engine& engine, const arguments& words) {
  const auto fields = container::update_fields();
  const flags options("update", {fields.begin(), fields.end()}, words);
  const auto& names = options.rest(1);
  const auto changes = changes_from(options);
  if (changes.empty())
    throw wrong_arguments("you must provide one or more flags when using this command",
                          "zoomin update --memory 64m NAME");
  return for_each(names, [&](const std::string& name) {
    engine.update(name, changes);
    print(name + "\n");
  });
}

const command update_command({"update", "container update"},
                             {"change limits and restart policy",
                              "CONTAINER [CONTAINER...]",
                              "zoomin update -m 128m --cpus 0.5 web",
                              "zoomin update --restart unless-stopped web db"},
                             update);

}  // namespace

}  // namespace zoomin::cli
