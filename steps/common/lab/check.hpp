// SPDX-License-Identifier: MIT
// check: what --self-check proves of a step program, fact by fact.
//
// A fact is looked at from the host's side (/proc/PID/ns, mountinfo, netlink, cgroup
// files) while the program runs a container; the program's own words prove nothing. Each
// fact belongs to one mechanism; a later step's list begins with the earlier steps'.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/lab/subprocess.hpp"

namespace zoomin::check {

// A container started by the program under test, in the background:
// PROGRAM [--skip …] --quiet OPTIONS -- COMMAND.
class subject : public subprocess {
 public:
  subject(const std::vector<std::string>& options,
          const std::vector<std::string>& command);
};

// The same, to its end: for facts about exit statuses and output.
run_result run(const std::vector<std::string>& options,
               const std::vector<std::string>& command, int seconds = 20);

struct fact {
  std::string mechanism;        // "pid", "net", "mnt", "cgroups", "overlay"
  std::string sentence;         // "the first process sees itself as PID 1"
  std::function<void()> prove;  // returns where it holds, throws failed where not
};

// Runs the facts against `program` with --skip NAME for each of `skip`; prints a line for
// each on stdout ("ok   pid  sentence" or "FAIL pid  sentence: why"), to the first FAIL
// where `fail_fast`. True if all hold. Call it in a throw-away host.
bool prove(const std::string& program, const std::vector<std::string>& skip,
           const std::vector<fact>& facts, bool fail_fast = false);

// Whether this program was started by prove(): it then is in a throw-away host already.
bool under_test();

}  // namespace zoomin::check
