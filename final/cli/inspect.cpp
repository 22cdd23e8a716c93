// SPDX-License-Identifier: MIT
#include "container/inspect.hpp"
#include "cli/flags.hpp"
#include "cli/format.hpp"
#include "common/error.hpp"
#include "container/store.hpp"
#include "image/image.hpp"

namespace zoomin::cli {

namespace {

// A container; an image where no container is called so.
std::string either(const std::string& name) {
  try {
    container::find(name);
  } catch (const usage_error&) {
    try {
      return image::inspect(name);
    } catch (const usage_error&) {
      // No image either: what the container's search said is told.
    }
    throw;
  }
  return container::inspect(name);
}

int inspect_each(const flags& given, std::string (*one)(const std::string&)) {
  std::vector<std::string> objects;
  const int status = for_each(given.rest(), "inspect",
                              [&](const auto& name) { objects.push_back(one(name)); });
  print(inspected(objects, given.text("--format")));
  return status;
}

int inspect(const arguments& words) {
  const flags given("inspect", {{"--format", 'f'}, {"--type"}}, words);
  const std::string type = given.text("--type");
  if (type == "container") return inspect_each(given, container::inspect);
  if (type == "image") return inspect_each(given, image::inspect);
  if (!type.empty()) throw not_supported("inspect --type " + type);
  return inspect_each(given, either);
}

int inspect_containers(const arguments& words) {
  return inspect_each(flags("container inspect", {{"--format", 'f'}}, words),
                      container::inspect);
}

const command inspect_command({"inspect"},
                              "all that is known of containers and images, as JSON",
                              inspect);
const command of_containers({"container inspect"},
                            "all that is known of containers, as JSON",
                            inspect_containers);

}  // namespace

}  // namespace zoomin::cli
