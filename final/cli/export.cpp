// SPDX-License-Identifier: MIT
// export: writes a container's root file system as a tar archive, without mounts.
#include <fcntl.h>

#include "base/cp.hpp"
#include "cli/archive_commands.hpp"
#include "cli/command.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "common/sys.hpp"
#include "container/runtime/rootfs.hpp"
#include "image/archive/staging.hpp"
#include "image/archive/tar_directory.hpp"
#include "image/store.hpp"

namespace zoomin::cli {

namespace {

// Packs a copy of the root file system, made in a private directory as in cp_archive.cpp,
// so that the container can continue.
void pack_root(const std::string& reference, int to) {
  image::make_store();
  const image::staging files;
  const unique_fd ours = sys::open(files.directory(), O_RDONLY | O_DIRECTORY);
  {
    const container::rootfs inside(reference, container::rootfs::extent::root_alone);
    const progress shown("Copying", false);
    files::cp({inside.get(), "/.", reference}, {ours.get(), "/.", ""}, false,
              files::owners::kept);
  }
  const progress shown("Exporting", false);
  image::write_tar_directory(files.directory(), to);
}

int export_container(const arguments& words) {
  const flags options = parse_export(words);
  write_output(options.text("--output"), "use zoomin export -o ARCHIVE CONTAINER",
               [&](int to) { pack_root(options.rest()[0], to); });
  return 0;
}

const command exporter({"export"}, export_manual, export_container);

}  // namespace

}  // namespace zoomin::cli
