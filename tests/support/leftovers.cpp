// SPDX-License-Identifier: MIT
#include "support/leftovers.hpp"

#include <filesystem>
#include <sstream>

#include "common/paths.hpp"
#include "common/process.hpp"
#include "common/sys.hpp"
#include "support/support.hpp"

namespace zoomin::test {

namespace {

namespace fs = std::filesystem;

void add_lines(std::set<std::string>& into, const std::string& kind,
               const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) into.insert(kind + " " + line);
}

void add_output(std::set<std::string>& into, const std::string& kind,
                const std::vector<std::string>& command) {
  add_lines(into, kind, check::run_to_end(command).output);
}

// Lists mount points and types, since the numbers in mountinfo change with each mount.
std::string mounts() {
  std::istringstream lines(sys::read_file("/proc/self/mountinfo"));
  std::string result;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string skip, root, at;
    words >> skip >> skip >> skip >> root >> at;
    result += root + " on " + at + line.substr(line.find(" - ")) + "\n";
  }
  return result;
}

bool is_lock(const fs::path& file) {
  return file.extension() == ".lock" ||
         file.string().find("/leases/") != std::string::npos;
}

// Images, the build cache and events are left out: they stay until they are removed, and
// tests about them check that themselves.
bool is_kept(const fs::path& directory) {
  return directory == root_directory() + "/images" ||
         directory == root_directory() + "/cache" ||
         directory == root_directory() + "/events" ||
         directory == root_directory() + "/layers";
}

void add_tree(std::set<std::string>& into, const std::string& kind,
              const std::string& top, bool directories_only) {
  std::error_code gone;
  for (auto at = fs::recursive_directory_iterator(top, gone);
       at != fs::recursive_directory_iterator(); at.increment(gone)) {
    if (is_kept(at->path())) at.disable_recursion_pending();
    const bool directory = at->is_directory(gone) && !at->is_symlink(gone);
    if (directories_only ? directory : !directory && !is_lock(at->path()))
      into.insert(kind + " " + at->path().string());
  }
}

}  // namespace

std::set<std::string> inventory() {
  std::set<std::string> result;
  for (const pid_t pid : processes())
    if (status_field(pid, "State").front() != 'Z')
      result.insert("process " + std::to_string(pid) + " " + status_field(pid, "Name"));
  add_lines(result, "mount", mounts());
  for (const auto& name : sys::list_directory("/sys/class/net"))
    result.insert("link " + name);
  add_output(result, "route", {"ip", "route"});
  add_output(result, "nft", {"nft", "list", "ruleset"});
  add_lines(result, "ip_forward", sys::read_file("/proc/sys/net/ipv4/ip_forward"));
  add_lines(result, "hostname", sys::read_file("/proc/sys/kernel/hostname"));
  add_tree(result, "cgroup", "/sys/fs/cgroup", true);
  add_tree(result, "file", run_directory(), false);
  add_tree(result, "file", root_directory(), false);
  return result;
}

std::string difference(const std::set<std::string>& before,
                       const std::set<std::string>& after) {
  std::string text;
  for (const auto& line : after)
    if (!before.contains(line)) text += "+ " + line + "\n";
  for (const auto& line : before)
    if (!after.contains(line)) text += "- " + line + "\n";
  return text;
}

}  // namespace zoomin::test
