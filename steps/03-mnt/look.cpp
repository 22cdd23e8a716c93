// SPDX-License-Identifier: MIT
#include "03-mnt/look.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <sstream>

#include "common/process.hpp"
#include "common/sys.hpp"

namespace zoomin::mnt {

namespace {

std::string text_of(const std::string& path) {
  try {
    return sys::read_file(path);
  } catch (const sys::error&) {
    return {};
  }
}

// Parses "36 35 98:0 /root /at ro,nosuid shared:1 - type source super_options".
mounted parse(const std::string& line) {
  mounted result;
  std::string skip, word;
  std::istringstream words(line);
  words >> skip >> skip >> skip >> result.root >> result.at >> result.options;
  while (words >> word && word != "-") {
    result.shared |= word.starts_with("shared:");
    result.slave |= word.starts_with("master:");
  }
  words >> result.type >> result.source;
  return result;
}

std::string root_of(pid_t pid) {
  const auto table = mount_table(pid);
  const auto root = std::ranges::find(table, "/", &mounted::at);
  if (root == table.end()) return "(gone)";
  return fmt::format("{} of {} ({})", root->root, root->type, root->source);
}

std::string mount_points(pid_t pid) {
  return fmt::format("{} mounts", mount_table(pid).size());
}

std::string names_in_root(pid_t pid) {
  return look::from_inside(pid, CLONE_NEWNS, [] {
    return fmt::format("{}", fmt::join(sys::list_directory("/"), " "));
  });
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

}  // namespace

std::vector<mounted> mount_table(pid_t pid) {
  std::vector<mounted> table;
  std::istringstream lines(text_of(fmt::format("/proc/{}/mountinfo", pid)));
  for (std::string line; std::getline(lines, line);) table.push_back(parse(line));
  return table;
}

std::vector<look::row> facts(pid_t pid) {
  const std::string container = look::namespace_number(pid, "mnt");
  const std::string host = look::namespace_number(::getpid(), "mnt");
  const auto resolvers = [] { return first_line(text_of("/etc/resolv.conf")); };
  return {
      {"mnt namespace", fmt::format("{} (host: {})", container, host),
       container == host ? "the host's" : "its own"},
      {"root", root_of(pid), "/"},
      {"files in /", fmt::format("{}", sys::list_directory("/").size()),
       names_in_root(pid)},
      {"mount table", mount_points(::getpid()), mount_points(pid)},
      {"/etc/resolv.conf", resolvers(), look::from_inside(pid, CLONE_NEWNS, resolvers)},
  };
}

held_namespace hold_namespace(pid_t pid) {
  auto held = sys::open(fmt::format("/proc/{}/ns/mnt", pid), O_RDONLY | O_CLOEXEC);
  return {look::namespace_number(pid, "mnt"), std::move(held)};
}

look::leftover leftovers(const held_namespace& mounts) {
  const bool exists = std::ranges::any_of(processes(), [&](pid_t pid) {
    return look::namespace_number(pid, "mnt") == mounts.number;
  });
  return {"mnt namespace " + mounts.number, exists};
}

}  // namespace zoomin::mnt
