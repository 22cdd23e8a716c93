// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "base/json.hpp"
#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/create_flags_parts.hpp"
#include "container/lifecycle.hpp"

namespace zoomin::cli {

namespace {

// An invalid value is a misuse of the flag: the exit status is 125, as docker's.
json request_from(const flags& options) try {
  json request{{"HostConfig", json::object()}};
  put_by_table(options, request);
  put_limits(options, request["HostConfig"]);
  return request;
} catch (const usage_error& refused) {
  throw misuse(refused.what(), refused.hint());
}

int update(const arguments& words) {
  const flags options("update", update_flags(), words);
  const auto& names = options.rest(1);
  const json request = request_from(options);
  if (request["HostConfig"].empty())
    throw wrong_arguments("you must provide one or more flags when using this command",
                          "zoomin update --memory 64m NAME");
  return for_each(names, [&](const std::string& name) {
    container::update(name, files::json_text(request["HostConfig"]));
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
