// SPDX-License-Identifier: MIT
#include "common/descent.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <string_view>

#include "common/sys.hpp"

namespace zoomin::sys {

namespace {

constexpr std::size_t max_open = 32;
constexpr std::size_t buffer_bytes = 32UL << 10;
constexpr int directory_flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

std::pair<dev_t, ino_t> identity_of(int directory) {
  struct stat status {};
  check("fstat", "a directory", [&] { return ::fstat(directory, &status); });
  return {status.st_dev, status.st_ino};
}

}  // namespace

descent::descent(unique_fd top) { levels_.push_back({std::move(top)}); }

void descent::enter(unique_fd below) {
  levels_.push_back({std::move(below)});
  if (levels_.size() <= max_open) return;
  level& far = levels_[levels_.size() - 1 - max_open];
  if (!far.directory) return;  // it was closed on an earlier way down
  far.identity = identity_of(far.directory.get());
  far.directory.reset();
}

void descent::leave() {
  const unique_fd below = std::move(levels_.back().directory);
  levels_.pop_back();
  level& above = levels_.back();
  if (above.directory) return;
  above.directory = open_below(below.get(), "..");
  if (!above.directory) throw error(errno, "openat", "..");
  if (identity_of(above.directory.get()) != above.identity)
    throw error(ESTALE, "openat", "..");
}

void tree_walk::run() {
  visit();
  while (true) {
    if (!to_enter_.back().empty()) {
      go_down();
      continue;
    }
    leaving();
    to_enter_.pop_back();
    if (to_enter_.empty()) return;
    down_.leave();
    left(to_enter_.back().back());
    to_enter_.back().pop_back();
  }
}

void tree_walk::visit() {
  std::vector<std::string> directories;
  for_each_name(here(), [&](const char* name, unsigned char type) {
    if (meet(name, type)) directories.emplace_back(name);
  });
  to_enter_.push_back(std::move(directories));
}

void tree_walk::go_down() {
  const std::string& name = to_enter_.back().back();
  auto below = open_below(here(), name.c_str());
  if (!below) {
    refused(name, errno);
    return to_enter_.back().pop_back();
  }
  down_.enter(std::move(below));
  entered(name);
  visit();
}

unique_fd open_below(int directory, const char* name) {
  return unique_fd(::openat(directory, name, directory_flags));
}

void for_each_name(
    int directory,
    const std::function<void(const char* name, unsigned char type)>& each) {
  alignas(dirent64) std::array<char, buffer_bytes>
      buffer;  // NOLINT: filled by the kernel
  while (true) {
    const auto size = ::getdents64(directory, buffer.data(), buffer.size());
    if (size == 0 || (size == -1 && errno == ENOENT)) return;  // ENOENT: it was removed
    if (size == -1) throw error(errno, "getdents64", "a directory");
    for (ssize_t at = 0; at < size;) {
      const auto* entry = reinterpret_cast<const dirent64*>(buffer.data() + at);
      at += entry->d_reclen;
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") each(entry->d_name, entry->d_type);
    }
  }
}

}  // namespace zoomin::sys
