// SPDX-License-Identifier: MIT
#include "cli/archive_commands.hpp"
#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/progress.hpp"
#include "image/archive/load.hpp"

namespace zoomin::cli {

namespace {

int import_image(const arguments& words) {
  const flags options = parse_import(words);
  const auto& rest = options.rest();
  if (rest[0].starts_with("http://") || rest[0].starts_with("https://"))
    throw not_supported("image import of a URL");
  std::string id;
  {
    const progress shown("Importing", false);
    id = image::import(rest[0], rest.size() > 1 ? rest[1] : "", options.list("--change"),
                       options.text("--message"));
  }
  print(id + "\n");
  return 0;
}

const command import({"import"}, import_manual, import_image);

}  // namespace

}  // namespace zoomin::cli
