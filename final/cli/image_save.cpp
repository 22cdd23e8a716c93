// SPDX-License-Identifier: MIT
#include "cli/archive_commands.hpp"
#include "cli/command.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "image/archive/load.hpp"

namespace zoomin::cli {

namespace {

int save_images(const arguments& words) {
  const flags options = parse_save(words);
  write_output(options.text("--output"), "use zoomin save -o ARCHIVE IMAGE", [&](int to) {
    const progress shown("Saving", false);
    image::save(options.rest(), to);
  });
  return 0;
}

const command save({"save"}, save_manual, save_images);

}  // namespace

}  // namespace zoomin::cli
