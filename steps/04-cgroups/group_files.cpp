// SPDX-License-Identifier: MIT
#include "04-cgroups/group_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <sstream>

#include "04-cgroups/limits.hpp"
#include "common/sys.hpp"

namespace zoomin::cgroup {

namespace {

std::optional<std::string> text_in(const std::string& path) {
  const auto file = sys::open_if_exists(path, O_RDONLY);
  if (!file) return std::nullopt;
  return sys::read_all(file->get(), path);
}

}  // namespace

std::optional<std::uint64_t> number_in(const std::string& path) {
  const auto text = text_in(path);
  if (!text || text->empty()) return std::nullopt;
  return text->starts_with("max") ? unlimited : std::strtoull(text->c_str(), nullptr, 10);
}

std::uint64_t number_in(const std::string& path, const std::string& key) {
  std::istringstream lines(text_in(path).value_or(""));
  std::string name;
  for (std::uint64_t value = 0; lines >> name >> value;)
    if (name == key) return value;
  return 0;
}

std::set<std::string> words_in(const std::string& path) {
  std::istringstream words(text_in(path).value_or(""));
  std::set<std::string> result;
  for (std::string word; words >> word;) result.insert(word);
  return result;
}

bool is_group(const std::string& directory) {
  return sys::exists(directory + "/cgroup.procs");
}

// Uses the link count: a directory has two links, and one for each directory in it.
bool has_groups(const std::string& directory) {
  struct stat status {};
  return ::stat(directory.c_str(), &status) == 0 && status.st_nlink > 2;
}

std::vector<std::string> groups_in(const std::string& directory) {
  std::vector<std::string> result;
  if (!has_groups(directory)) return result;
  for (const auto& name : sys::list_directory(directory))
    if (is_group(directory + "/" + name)) result.push_back(directory + "/" + name);
  return result;
}

std::vector<pid_t> processes_in(const std::string& directory) {
  std::vector<pid_t> result;
  for (const auto& word : words_in(directory + "/cgroup.procs"))
    if (word != "0") result.push_back(std::atoi(word.c_str()));
  for (const auto& below : groups_in(directory))
    std::ranges::copy(processes_in(below), std::back_inserter(result));
  return result;
}

}  // namespace zoomin::cgroup
