// SPDX-License-Identifier: MIT
#include "container/inspect.hpp"
#include "cli/flags.hpp"
#include "cli/format.hpp"

namespace zoomin::cli {

namespace {

int inspect(const arguments& words) {
  const flags given("inspect", {{"--format", 'f'}}, words);
  std::vector<std::string> objects;
  const int status = for_each(given.rest(), "inspect", [&](const auto& name) {
    objects.push_back(container::inspect(name));
  });
  print(inspected(objects, given.text("--format")));
  return status;
}

const command inspect_command({"inspect", "container inspect"},
                              "all that is known of containers, as JSON", inspect);

}  // namespace

}  // namespace zoomin::cli
