// SPDX-License-Identifier: MIT
#include "cli/archive_commands.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "image/load.hpp"

namespace zoomin::cli {

namespace {

  return 0;
}

const command save({"save"}, save_manual, save_images);

}  // namespace

}  // namespace zoomin::cli
