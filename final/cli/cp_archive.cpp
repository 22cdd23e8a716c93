// SPDX-License-Identifier: MIT
// cp_archive: cp where one side is "-": a tar archive on stdout, or from stdin. In both
// directions the files are first in a directory of ours: what a container may change
// meanwhile is only ever copied as base/cp.hpp does it.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdint>
#include <set>
#include <string>
#include <utility>

#include "base/cp.hpp"
#include "cli/cp.hpp"
#include "cli/flags.hpp"
#include "cli/progress.hpp"
#include "common/sys.hpp"
#include "container/runtime/rootfs.hpp"
#include "container/store.hpp"
#include "image/archive/staging.hpp"
#include "image/archive/tar_directory.hpp"
#include "image/store.hpp"

namespace zoomin::cli {

namespace {

// A directory that is only on the way to a member stays as the container has it.
void keep_existing(const std::set<std::string>& implied, int place, int ours) {
  constexpr std::uint64_t flags = O_RDONLY | O_DIRECTORY;
  for (const auto& path : implied)
    if (const auto there = sys::find_in_root(place, path, flags))
      files::copy_directory_itself(there->get(),
                                   sys::open_in_root(ours, path, flags).get(), path);
}

unique_fd open_target(int inside, const cp_side& target) {
  const std::string path = absolute(target);
  if (auto found = sys::find_in_root(inside, path, O_RDONLY | O_DIRECTORY))
    return std::move(*found);
  throw usage_error(
      fmt::format("Could not find the file {} in container {}", path, target.container));
}

// The container is held only while files are copied from or to it, never while a stream
// is waited for: at its other end may be a cp that waits for the same container.
void give_archive(const cp_arguments& arguments, const image::staging& files, int ours) {
  {
    const container::rootfs inside(arguments.from.container);
    const progress shown("Copying", arguments.quiet);
    files::cp({inside.get(), absolute(arguments.from), arguments.from.container},
              {ours, "/.", ""}, arguments.follow, files::owners::kept);
  }
  const progress shown("Sending", arguments.quiet);
  image::write_tar_directory(files.directory(), STDOUT_FILENO);
}

std::set<std::string> receive(const cp_arguments& arguments,
                              const image::staging& files) {
  const progress shown("Receiving", arguments.quiet);
  return image::unpack(STDIN_FILENO, files.directory());
}

void take_archive(const cp_arguments& arguments, const image::staging& files, int ours) {
  const auto implied = receive(arguments, files);
  const container::rootfs inside(arguments.to.container);
  const progress shown("Copying", arguments.quiet);
  const unique_fd directory = open_target(inside.get(), arguments.to);
  keep_existing(implied, directory.get(), ours);
  // An archive says whose its files are, and docker(1) believes it without --archive.
  copying_to(arguments.to, inside.get(), [&] {
    files::copy_contents(ours, directory.get(), "the archive", files::owners::kept);
  });
}

int copy(const arguments& words) {
  const auto asked = parse_cp(words);
  const bool packs = asked.to.is_archive();
  if (packs && ::isatty(STDOUT_FILENO) == 1)
    throw usage_error("cp: stdout is a terminal", "zoomin cp NAME:/PATH - > ARCHIVE");
  container::find(asked.from.container + asked.to.container);  // before any input is read
  image::make_store();
  const image::staging files;
  const unique_fd ours = sys::open(files.directory(), O_RDONLY | O_DIRECTORY);
  if (packs)
    give_archive(asked, files, ours.get());
  else
    take_archive(asked, files, ours.get());
  return 0;
}

const command copies({"cp"}, {"copy files between a container and the host", "", "", ""},
                     copy);

}  // namespace

}  // namespace zoomin::cli
