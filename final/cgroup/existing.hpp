// SPDX-License-Identifier: MIT
// existing: groups that another process owns or has left behind.
#pragma once

#include <string>

#include "04-cgroups/cgroup.hpp"

namespace zoomin::cgroup {

// Opens a group that another process owns. The result can be read, joined and limited; it
// doesn't remove the group.
[[nodiscard]] group open(const std::string& name, const std::string& parent = {});

// Opens a group like open(), for processes that must be killed together with all their
// descendants, separately from the rest of the group. They join a part: a group of their
// own below it (in version 1 below one of its directories), with the same limits. An
// empty part is removed by the next call, or together with the group.
[[nodiscard]] group open_part(const std::string& name, const std::string& parent,
                              unsigned number);
// Sends SIGKILL to all processes of the part, without waiting for their end.
void kill_part(const std::string& name, const std::string& parent, unsigned number);

// Kills the processes of a group whose owner was killed, and removes the group.
// clean_up() (04-cgroups/coordination/cleanup.hpp) does so for all such groups.
void remove_leftover(const std::string& name, const std::string& parent = {});

}  // namespace zoomin::cgroup
