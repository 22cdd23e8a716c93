// SPDX-License-Identifier: MIT
// leftovers: lists everything on a host that a container could have left behind.
#pragma once

#include <set>
#include <string>

namespace zoomin::test {

// Returns a line for each process, mount, link, route, nft rule, cgroup, and file below
// the run and root directories (except locks and leases, which are never unlinked).
std::set<std::string> inventory();

// Returns the lines only in `after` ("+ …") and those only in `before` ("- …").
std::string difference(const std::set<std::string>& before,
                       const std::set<std::string>& after);

}  // namespace zoomin::test
