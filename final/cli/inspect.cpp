// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "cli/flags.hpp"
#include "common/error.hpp"
#include "container/inspect.hpp"

namespace zoomin::cli {

namespace {

int inspect(const arguments& words) {
  const flags given("inspect", {{"--format", 'f'}}, words);
  if (given.has("--format")) throw not_supported("inspect --format");
  std::string all;
  const int status = for_each(given.rest(), "inspect", [&](const auto& name) {
    all += (all.empty() ? "\n" : ",\n") + container::inspect(name);
  });
  print("[" + all + "\n]\n");
  return status;
}

const command inspect_command({"inspect", "container inspect"},
                              "all that is known of containers, as JSON", inspect);

}  // namespace

}  // namespace zoomin::cli
