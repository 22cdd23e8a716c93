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

// "NAME:PATH"; what begins with a path's mark is the host's, whatever follows.
named parse(const std::string& text) {
  const auto colon = text.find(':');
  const bool host = colon == std::string::npos || text[0] == '/' || text[0] == '.';
  if (host) return {{}, text};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

}  // namespace

cp_words parse_cp(const arguments& words) {
  const flags given(
      "cp",
      {{"--archive", 'a', kind::toggle, "", "keep owners"},
       {"--follow-link", 'L', kind::toggle, "", "follow a symbolic link in SRC_PATH"},
       {"--quiet", 'q', kind::toggle, "", "don't show progress"}},
      words);
  const auto& paths = given.rest(2, 2);
  cp_words all{parse(paths[0]), parse(paths[1]), given.on("--follow-link"),
               given.on("--archive") ? files::owners::kept : files::owners::ours,
               given.on("--quiet")};
  if (all.from.container.empty() == all.to.container.empty())
    throw wrong_arguments(all.to.container.empty()
                              ? "must specify at least one container source"
                              : "copying between containers is not supported",
                          "one of the two paths is NAME:/PATH");
  return all;
}

std::string text_of(const named& one) {
  return one.container.empty() ? one.path : one.container + ":" + one.path;
}

void copying_to(const named& target, int inside,
                const std::function<void()>& copies) try {
  copies();
} catch (const sys::error& failure) {
  if (failure.number() != EROFS || target.container.empty()) throw;
  struct statvfs root {};
  const bool whole = ::fstatvfs(inside, &root) == 0 && (root.f_flag & ST_RDONLY) != 0;
  throw usage_error(fmt::format("{}: {} is marked read-only", text_of(target),
                                whole ? "container rootfs" : "mounted volume"),
                    whole ? "one of its volumes can be written to" : "");
}

std::string absolute(const named& one) {
  if (one.path.empty()) throw misuse("cp: a path is empty");
  if (one.path[0] == '/') return one.path;
  if (!one.container.empty()) return "/" + one.path;
  return std::filesystem::current_path().string() + "/" + one.path;
}

}  // namespace zoomin::cli
