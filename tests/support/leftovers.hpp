// SPDX-License-Identifier: MIT
// leftovers: what a host holds that a container could have left behind.
#pragma once

#include <set>
#include <string>

namespace zoomin::test {

// One line each for every process, mount, link, route, nft rule, cgroup, and file below
// the run and root directories (locks and leases, which are never unlinked, apart).
std::set<std::string> inventory();

// The lines that `after` has and `before` hasn't, and the other way round ("+ …", "- …").
std::string difference(const std::set<std::string>& before,
                       const std::set<std::string>& after);

}  // namespace zoomin::test
