// SPDX-License-Identifier: MIT
// check: runs the facts that --self-check proves about a step program.
//
// A fact is verified from the host's side (/proc/PID/ns, mountinfo, netlink, cgroup
// files) while the program runs a container; the program's own output proves nothing.
// Each fact belongs to one mechanism; a step's list begins with those of earlier steps.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/lab/subprocess.hpp"

namespace zoomin::check {

// A container that the program under test runs in the background: PROGRAM [--skip …]
// --quiet OPTIONS -- COMMAND.
class subject : public subprocess {
 public:
  subject(const std::vector<std::string>& options,
          const std::vector<std::string>& command);
};

// Runs PROGRAM [--skip …] --quiet OPTIONS -- COMMAND to its end, for facts about exit
// statuses and output.
run_result run(const std::vector<std::string>& options,
               const std::vector<std::string>& command, int seconds = 20);

struct fact {
  std::string mechanism;        // "pid", "net", "mnt", "cgroups", "overlay"
  std::string sentence;         // "the first process sees itself as PID 1"
  std::function<void()> prove;  // throws `failed` if it doesn't hold
};

// Runs the facts against `program` with --skip NAME for each of `skip`, and prints a line
// for each on stdout ("ok   pid  sentence" or "FAIL pid  sentence: why"). Stops after the
// first FAIL if `fail_fast`. Returns true if all hold. Call it in a throw-away host.
bool prove(const std::string& program, const std::vector<std::string>& skip,
           const std::vector<fact>& facts, bool fail_fast = false);

// Returns whether prove() has started this program, which then already runs in a
// throw-away host.
bool under_test();

}  // namespace zoomin::check
