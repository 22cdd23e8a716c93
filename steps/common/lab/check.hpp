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

struct report_options {
  bool fail_fast = false;  // stop after the first fact that doesn't hold
  bool json = false;       // print one JSON object for each fact, and nothing else
};

// Runs the facts against `program` with --skip NAME for each of `skip`, those of the last
// mechanism first, and then prints a report on stdout:
//   Begin here: mechanism: sentence: why  (if a fact doesn't hold: the first one, and a
//                                          likely cause)
//   ok   pid  sentence / FAIL pid  sentence: why  (facts with a reason that was already
//                                                  printed are only counted)
//   46 of 48 facts hold
// Returns true if all hold. Call it in a throw-away host.
bool prove(const std::string& program, const std::vector<std::string>& skip,
           std::vector<fact> facts, report_options options = {});

// Returns whether prove() has started this program, which then already runs in a
// throw-away host.
bool under_test();

}  // namespace zoomin::check
