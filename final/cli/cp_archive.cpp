// SPDX-License-Identifier: MIT
// cp_archive: `cp` with "-" as one side: a tar archive to stdout, or from stdin. In both
// directions the files pass through a private directory, so that files that a container
// can change at the same time are only ever copied by base/cp.hpp.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdint>
#include <set>
#include <string>
#include <utility>

#include "base/cp.hpp"
#include "cli/command.hpp"
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

// Gives each implied directory the attributes of the container's directory, if there is
// one: the archive doesn't describe it, so it must not change it.
void keep_existing(const std::set<std::string>& implied, int target, int ours) {
  constexpr std::uint64_t flags = O_RDONLY | O_DIRECTORY;
  for (const auto& path : implied)
    if (const auto there = sys::find_in_root(target, path, flags))
      base::copy_directory_itself(there->get(),
                                  sys::open_in_root(ours, path, flags).get(), path);
}

unique_fd open_target(int inside, const cp_side& target) {
  const std::string path = absolute(target);
  if (auto found = sys::find_in_root(inside, path, O_RDONLY | O_DIRECTORY))
    return std::move(*found);
  throw usage_error(
      fmt::format("Could not find the file {} in container {}", path, target.container));
}

// Locks the container only while files are copied from or to it, never while waiting for
// a stream: at its other end may be a `cp` that waits for the same container.
void give_archive(const cp_arguments& arguments, const image::staging& files, int ours) {
  {
    const container::rootfs inside(arguments.from.container);
    const progress shown("Copying", arguments.quiet);
    base::cp({inside.get(), absolute(arguments.from), arguments.from.container},
             {ours, "/.", ""}, arguments.follow, base::owners::kept);
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
  // The archive's owners are kept even without --archive, as docker(1) does.
  copying_to(arguments.to, inside.get(), [&] {
    base::copy_contents(ours, directory.get(), "the archive", base::owners::kept);
  });
}

int copy(const arguments& words) {
  const auto arguments = parse_cp(words);
  const bool to_archive = arguments.to.is_archive();
  if (to_archive && ::isatty(STDOUT_FILENO) == 1)
    throw usage_error("cp: stdout is a terminal",
                      "redirect it: zoomin cp CONTAINER:PATH - > ARCHIVE");
  // A missing container is reported before any input is read.
  container::find(arguments.from.container + arguments.to.container);
  image::make_store();
  const image::staging files;
  const unique_fd ours = sys::open(files.directory(), O_RDONLY | O_DIRECTORY);
  if (to_archive)
    give_archive(arguments, files, ours.get());
  else
    take_archive(arguments, files, ours.get());
  return 0;
}

const command copies({"cp"}, {"copy files between a container and the host", "", "", ""},
                     copy);

}  // namespace

}  // namespace zoomin::cli
