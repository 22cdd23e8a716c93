// SPDX-License-Identifier: MIT
#include "05-overlay/look.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <sstream>

#include "common/sys.hpp"

namespace zoomin::overlay {

namespace {

std::string mount_table(pid_t pid) {
  const std::string file = fmt::format("/proc/{}/mountinfo", pid);
  return sys::exists(file) ? sys::read_file(file) : "";
}

// Splits at `separator` unless a backslash precedes it.
std::vector<std::string> split_unescaped(const std::string& text, char separator) {
  std::vector<std::string> parts{""};
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == separator)
      parts.emplace_back();
    else
      parts.back() += text[i];
    if (text[i] == '\\' && i + 1 < text.size()) parts.back() += text[++i];
  }
  return parts;
}

// Counts the overlays in a process's mount table.
std::string overlays_of(pid_t pid) {
  std::istringstream lines(mount_table(pid));
  int count = 0;
  for (std::string line; std::getline(lines, line);)
    count += line.find(" - overlay ") == std::string::npos ? 0 : 1;
  return fmt::format("{}", count);
}

}  // namespace

// Parses "36 35 98:0 / / rw,relatime - overlay overlay rw,lowerdir=…,upperdir=…":
// proc_pid_mountinfo(5).
root_overlay root_overlay_of(pid_t pid) {
  root_overlay found;
  std::istringstream lines(mount_table(pid));
  for (std::string line; std::getline(lines, line);) {
    const auto dash = line.find(" - overlay ");
    std::string skip, at, options;
    std::istringstream(line) >> skip >> skip >> skip >> skip >> at;
    if (dash == std::string::npos || at != "/") continue;
    std::istringstream(line.substr(dash + 3)) >> skip >> skip >> options;
    for (const auto& item : split_unescaped(options, ',')) {
      if (item.starts_with("lowerdir="))
        found.layers = split_unescaped(item.substr(9), ':');
      if (item.starts_with("upperdir=")) found.upper = item.substr(9);
    }
  }
  return found;
}

std::vector<look::row> facts(pid_t pid) {
  const auto found = root_overlay_of(pid);
  if (found.layers.empty()) return {{"layers", "none: its root is no overlay", "/"}};
  return {
      {"layers", fmt::format("{} below, 1 writable on top", found.layers.size()),
       "one /"},
      {"lowest layer", found.layers.back(), "(part of /)"},
      {"writable layer", found.upper, "(all changes in /)"},
      {"overlays mounted", overlays_of(::getpid()), overlays_of(pid)},
  };
}

look::leftover leftovers(const std::string& directory) {
  return {fmt::format("writable layer {}", directory), sys::exists(directory)};
}

void print_changes(const writable& top, const std::vector<std::string>& layers) {
  const std::string kept =
      top.kept() ? fmt::format(" (kept in {})", top.directory()) : "";
  const auto changes = top.changes(layers);
  if (changes.empty() && !top.kept()) return;
  look::print_line(fmt::format(" the writable layer holds{}:", kept));
  for (const auto& [kind, path] : changes)
    look::print_line(fmt::format("{} {}", kind, path));
}

}  // namespace zoomin::overlay
