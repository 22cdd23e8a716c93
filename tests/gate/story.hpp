// SPDX-License-Identifier: MIT
// story: the calls of a step program before its command's start and after its end, as
// narrated and as seen by strace(1).
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "gate/call.hpp"

namespace zoomin::test {

// The calls of each process: "host", "container 1" (its own getpid()), "container 2".
using calls = std::map<std::string, std::vector<std::string>>;

struct story {
  int status;
  std::string errors;
  std::vector<nlohmann::json> narrated;  // every line of stderr
  calls narrated_calls;                  // kernel requests only: no netlink, no nft
  calls traced_calls;
};

// Runs PROGRAM --explain=json OPTIONS -- COMMAND under strace -f. Throws if a line of
// stderr isn't JSON.
story watch(const std::string& program, const std::vector<std::string>& options,
            const std::vector<std::string>& command = {"true"});

// Returns the differences in the form of diff(1). Empty if there are none.
std::string compared(const calls& narrated_calls, const calls& traced_calls);

}  // namespace zoomin::test
