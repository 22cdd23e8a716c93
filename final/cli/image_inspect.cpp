// SPDX-License-Identifier: MIT
#include "cli/command.hpp"
#include "cli/flags.hpp"
#include "cli/format.hpp"
#include "image/image.hpp"

namespace zoomin::cli {

namespace {

int inspect_images(const arguments& all) {
  const flags asked("image inspect", {{"--format", 'f', kind::text, "", ""}}, all);
  std::vector<std::string> objects;
  const int status =
      for_each(asked.rest(), "image inspect",
               [&](const std::string& name) { objects.push_back(image::inspect(name)); });
  print(inspected(objects, asked.text("--format")));
  return status;
}

const command inspect({"image inspect"}, "all that is known of images, as JSON",
                      inspect_images);

}  // namespace

}  // namespace zoomin::cli
