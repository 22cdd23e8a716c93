// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "cli/request_parts.hpp"
#include "container/lifecycle.hpp"

namespace zoomin::cli {

namespace {

int update(const arguments& words) {
  const flags given("update", update_flags(), words);
  json request{{"HostConfig", json::object()}};
  put_by_table(given, request);
  put_limits(given, request["HostConfig"]);
  if (request["HostConfig"].empty())
    throw misuse("update: nothing is to be changed", "zoomin update --memory 64m NAME");
  return for_each(given.rest(1), [&](const std::string& name) {
    container::update(name, request["HostConfig"].dump());
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
