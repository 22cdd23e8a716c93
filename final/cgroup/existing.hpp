// SPDX-License-Identifier: MIT
// existing: groups that another process owns, or has left behind.
#pragma once

#include <string>

#include "04-cgroups/cgroup.hpp"

namespace zoomin::cgroup {

// Opens a group that another process owns. It can be read, joined and limited, and isn't
// removed.
[[nodiscard]] group open(const std::string& name, const std::string& parent = {});

// Opens a group like open(), for processes that can be killed together with all their
// descendants, separately from the rest of the group. They join a part: a group of their
// own below it (in version 1 below one of its directories), with the same limits. Empty
// parts are removed by the next call, and with the group.
[[nodiscard]] group open_part(const std::string& name, const std::string& parent,
                              unsigned number);
// Sends SIGKILL to all processes in that part. Doesn't wait for their end.
void kill_part(const std::string& name, const std::string& parent, unsigned number);

// Removes the group of that name if its owner was killed, with its processes. For all
// such groups: clean_up(), 04-cgroups/coordination/cleanup.hpp.
void remove_left(const std::string& name, const std::string& parent = {});

}  // namespace zoomin::cgroup
