// SPDX-License-Identifier: MIT
// cp_archive: `cp` with "-" as one side: a tar archive to stdout, or from stdin. In both
// directions the files pass through a private directory, so that only base/cp.hpp ever
// handles files that a container can change at the same time.
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

// Gives each implied directory, which the archive contains files of but doesn't describe,
// the attributes of the container's directory, so that the copy doesn't change them.
void keep_attributes(const std::set<std::string>& implied, int target, int staged) {
  constexpr std::uint64_t flags = O_RDONLY | O_DIRECTORY;
  for (const auto& path : implied)
    if (const auto existing = sys::find_in_root(target, path, flags))
      base::copy_directory_itself(existing->get(),
                                  sys::open_in_root(staged, path, flags).get(), path);
}

unique_fd open_target(int inside, const cp_side& target) {
  const std::string path = absolute(target);
  if (auto found = sys::find_in_root(inside, path, O_RDONLY | O_DIRECTORY))
    return std::move(*found);
  throw usage_error(
      fmt::format("Could not find the file {} in container {}", path, target.container));
}

// Locks the container only while files are copied from or to it, never while waiting for
// a stream, because the other end may be a `cp` that waits for the same container.
void send_archive(const cp_arguments& arguments, const image::staging& files,
                  int staged) {
  {
    const container::rootfs inside(arguments.from.container);
    const progress display("Copying", arguments.quiet);
    base::cp({inside.get(), absolute(arguments.from), arguments.from.container},
             {staged, "/.", ""}, arguments.follow, base::owners::kept);
  }
  const progress display("Sending", arguments.quiet);
  image::write_tar_directory(files.directory(), STDOUT_FILENO);
}

std::set<std::string> unpack_stdin(const cp_arguments& arguments,
                                   const image::staging& files) {
  const progress display("Receiving", arguments.quiet);
  return image::unpack(STDIN_FILENO, files.directory());
}

void receive_archive(const cp_arguments& arguments, const image::staging& files,
                     int staged) {
  const auto implied = unpack_stdin(arguments, files);
  const container::rootfs inside(arguments.to.container);
  const progress display("Copying", arguments.quiet);
  const unique_fd directory = open_target(inside.get(), arguments.to);
  keep_attributes(implied, directory.get(), staged);
  // The archive's owners are kept even without --archive, as with docker.
  explain_read_only(arguments.to, inside.get(), [&] {
    base::copy_contents(staged, directory.get(), "the archive", base::owners::kept);
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
  const unique_fd staged = sys::open(files.directory(), O_RDONLY | O_DIRECTORY);
  if (to_archive)
    send_archive(arguments, files, staged.get());
  else
    receive_archive(arguments, files, staged.get());
  return 0;
}

const command copy_command({"cp"},
                           {"copy files between a container and the host", "", "", ""},
                           copy);

}  // namespace

}  // namespace zoomin::cli
