// SPDX-License-Identifier: MIT
#include <unistd.h>

#include "cli/archive_commands.hpp"
#include "cli/progress.hpp"
#include "image/archive/load.hpp"

namespace zoomin::cli {

namespace {

std::string told(const std::vector<image::loaded>& images) {
  std::string text;
  for (const auto& one : images) {
    if (one.names.empty()) text += "Loaded image ID: " + one.id + "\n";
    for (const auto& name : one.names) text += "Loaded image: " + name + "\n";
  }
  return text;
}

int load_images(const arguments& items) {
  const flags options = parse_load(items);
  const std::string path = options.text("--input", "-");
  if (path == "-" && ::isatty(STDIN_FILENO) == 1)
    throw usage_error("image load: stdin is a terminal", "zoomin load -i ARCHIVE");
  std::vector<image::loaded> images;
  {
    const progress shown("Loading", options.on("--quiet"));
    images = image::load(path);
  }
  print(told(images));
  return 0;
}

const command load({"load"}, load_manual, load_images);

}  // namespace

}  // namespace zoomin::cli
