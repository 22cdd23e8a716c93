// SPDX-License-Identifier: MIT
// inspect, container inspect, image inspect.
#include "cli/inspect.hpp"

#include "cli/format.hpp"
#include "common/error.hpp"
#include "container/inspect.hpp"
#include "container/questions.hpp"
#include "container/store.hpp"
#include "image/image.hpp"

namespace zoomin::cli {

int inspect_each(const flags& given, const std::string& command,
                 const std::function<std::string(const std::string& name)>& one) {
  std::vector<std::string> objects;
  const int status = for_each(given.rest(1), command,
                              [&](const auto& name) { objects.push_back(one(name)); });
  print(inspected(objects, given.text("--format")));
  return status;
}

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

int inspect(const arguments& words) {
  const flags given("inspect",
                    {short_format_flag,
                     {"--type", 0, kind::text, "", "container, or image"},
                     {"--questions", 0, kind::toggle, "",
                      "namespaces, cgroup, files: as they are now"}},
                    words);
  const std::string type = given.text("--type");
  if (given.on("--questions")) {
    if (!type.empty() && type != "container")
      throw misuse("inspect --questions: of containers alone");
    return inspect_each(given, "inspect", container::questions);
  }
  if (type == "container") return inspect_each(given, "inspect", container::inspect);
  if (type == "image") return inspect_each(given, "inspect", image::inspect);
  if (!type.empty()) throw not_supported("inspect --type " + type);
  return inspect_each(given, "inspect", either);
}

int inspect_containers(const arguments& words) {
  const std::string name = "container inspect";
  return inspect_each(flags(name, {short_format_flag}, words), name, container::inspect);
}

int inspect_images(const arguments& words) {
  const std::string name = "image inspect";
  return inspect_each(flags(name, {short_format_flag}, words), name, image::inspect);
}

const command inspect_command({"inspect"},
                              "all that is known of containers and images, as JSON",
                              inspect);
const command of_containers({"container inspect"},
                            "all that is known of containers, as JSON",
                            inspect_containers);
const command of_images({"image inspect"}, "all that is known of images, as JSON",
                        inspect_images);

}  // namespace

}  // namespace zoomin::cli
