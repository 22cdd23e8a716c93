// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <sys/statvfs.h>

#include <cerrno>
#include <filesystem>

#include "cli/cp.hpp"
#include "cli/flags.hpp"
#include "common/sys.hpp"

namespace zoomin::cli {

namespace {

// Parses "CONTAINER:PATH" or a path of the host. A path that begins with '/' or '.'
// belongs to the host, even if it contains a ':'.
cp_side parse(const std::string& text) {
  const auto colon = text.find(':');
  const bool host = colon == std::string::npos || text[0] == '/' || text[0] == '.';
  if (host) return {{}, text};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

}  // namespace

cp_arguments parse_cp(const arguments& words) {
  const flags options(
      "cp",
      {{"--archive", 'a', kind::toggle, "copy all owner information"},
       {"--follow-link", 'L', kind::toggle, "follow a symbolic link in SRC_PATH"},
       {"--quiet", 'q', kind::toggle, "don't show progress"}},
      words);
  const auto& paths = options.rest(2, 2);
  cp_arguments result{parse(paths[0]), parse(paths[1]), options.on("--follow-link"),
                      options.on("--archive") ? base::owners::kept : base::owners::ours,
                      options.on("--quiet")};
  if (result.from.container.empty() == result.to.container.empty())
    throw wrong_arguments(result.to.container.empty()
                              ? "must specify at least one container source"
                              : "copying between containers is not supported",
                          "exactly one of the two paths must be CONTAINER:PATH");
  return result;
}

std::string text_of(const cp_side& side) {
  return side.container.empty() ? side.path : side.container + ":" + side.path;
}

void explain_read_only(const cp_side& target, int root_fd,
                       const std::function<void()>& copy) try {
  copy();
} catch (const sys::error& failure) {
  if (failure.number() != EROFS || target.container.empty()) throw;
  struct statvfs root {};
  const bool is_rootfs =
      ::fstatvfs(root_fd, &root) == 0 && (root.f_flag & ST_RDONLY) != 0;
  throw usage_error(fmt::format("{}: {} is marked read-only", text_of(target),
                                is_rootfs ? "container rootfs" : "mounted volume"),
                    is_rootfs ? "copy to one of the container's volumes instead" : "");
}

std::string absolute(const cp_side& side) {
  if (side.path.empty()) throw misuse("cp: source and destination can not be empty");
  if (side.path[0] == '/') return side.path;
  if (!side.container.empty()) return "/" + side.path;
  return std::filesystem::current_path().string() + "/" + side.path;
}

}  // namespace zoomin::cli
