// SPDX-License-Identifier: MIT
#include "common/process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "common/sys.hpp"

namespace zoomin {

namespace {

// Returns the text of /proc/PID/FILE. Empty if the process is gone.
std::string read_proc(pid_t pid, const char* file) {
  try {
    return sys::read_file(fmt::format("/proc/{}/{}", pid, file));
  } catch (const sys::error&) {
    return {};
  }
}

}  // namespace

std::vector<pid_t> processes() {
  std::vector<pid_t> pids;
  for (const auto& name : sys::list_directory("/proc"))
    if (std::ranges::all_of(name, [](unsigned char c) { return std::isdigit(c) != 0; }))
      pids.push_back(std::atoi(name.c_str()));
  return pids;
}

std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> children;
  for (const pid_t pid : processes())
    if (status_field(pid, "PPid") == fmt::format("{}", parent)) children.push_back(pid);
  return children;
}

void kill_tree(pid_t top) {
  const auto below = children_of(top);
  ::kill(top, SIGKILL);
  for (const pid_t child : below) kill_tree(child);
}

std::string status_field(pid_t pid, const std::string& field) {
  return field_of_status(read_proc(pid, "status"), field);
}

std::string field_of_status(const std::string& text, const std::string& field) {
  const std::string status = "\n" + text;
  const auto at = status.find("\n" + field + ":");
  if (at == std::string::npos) return {};
  const auto begin = status.find_first_not_of(" \t", at + field.size() + 2);
  return status.substr(begin, status.find('\n', begin) - begin);
}

std::optional<std::uint64_t> signals_in_status(pid_t pid, const std::string& field) {
  const auto value = status_field(pid, field);
  if (value.empty()) return std::nullopt;
  return std::strtoull(value.c_str(), nullptr, 16);
}

std::uint64_t ignored_signals() try {
  const auto mask = field_of_status(sys::read_file("/proc/self/status"), "SigIgn");
  if (mask.empty()) return ~std::uint64_t{0};
  return std::strtoull(mask.c_str(), nullptr, 16);
} catch (const sys::error&) {
  return ~std::uint64_t{0};
}

}  // namespace zoomin
