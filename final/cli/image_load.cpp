// SPDX-License-Identifier: MIT
#include <unistd.h>

#include "cli/archive_commands.hpp"
#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/progress.hpp"
#include "image/archive/load.hpp"

namespace zoomin::cli {

namespace {

std::string text_of(const std::vector<image::loaded>& images) {
  std::string text;
  for (const auto& image : images) {
    if (image.names.empty()) text += "Loaded image ID: " + image.id + "\n";
    for (const auto& name : image.names) text += "Loaded image: " + name + "\n";
  }
  return text;
}

int load_images(const arguments& words) {
  const flags options = parse_load(words);
  const std::string path = options.text("--input", "-");
  if (path == "-" && ::isatty(STDIN_FILENO) == 1)
    throw usage_error("image load: stdin is a terminal", "use zoomin load -i ARCHIVE");
  std::vector<image::loaded> images;
  {
    const progress shown("Loading", options.on("--quiet"));
    images = image::load(path);
  }
  print(text_of(images));
  return 0;
}

const command load({"load"}, load_manual, load_images);

}  // namespace

}  // namespace zoomin::cli
