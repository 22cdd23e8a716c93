// SPDX-License-Identifier: MIT
// group_files: reads the files of a group, and finds the groups below it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace zoomin::cgroup {

// Returns the number in a file; "max" is `unlimited` (limits.hpp). Empty if there is no
// such file.
std::optional<std::uint64_t> number_in(const std::string& path);
// Returns the number of `key` in a file of lines "key number", or 0 if there is none.
std::uint64_t number_in(const std::string& path, const std::string& key);
std::set<std::string> words_in(const std::string& path);
bool is_group(const std::string& directory);
bool has_groups(const std::string& directory);
// Returns the paths of the groups directly below a group.
std::vector<std::string> groups_in(const std::string& directory);
// Returns the processes in a group and below, if they are in this PID namespace.
std::vector<pid_t> processes_in(const std::string& directory);

}  // namespace zoomin::cgroup
