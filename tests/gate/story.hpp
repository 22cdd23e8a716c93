// SPDX-License-Identifier: MIT
// story: what a step program did up to its command's start and after its end, twice: as
// it narrated it, and as strace(1) saw it.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "gate/call.hpp"

namespace zoomin::test {

// The calls of one process each: "host", "container 1" (its own getpid()), "container 2".
using calls = std::map<std::string, std::vector<std::string>>;

struct story {
  int status;
  std::string errors;
  std::vector<nlohmann::json> narrated;  // every line of stderr
  calls told;                            // kernel requests only: no netlink, no nft
  calls made;
};

// Runs PROGRAM --explain=json OPTIONS -- COMMAND under strace -f. Throws where a line of
// stderr isn't JSON.
story watch(const std::string& program, const std::vector<std::string>& options,
            const std::vector<std::string>& command = {"true"});

// What one has and the other hasn't, as diff(1) shows it; empty where they are equal.
std::string compared(const calls& told, const calls& made);

}  // namespace zoomin::test
