// SPDX-License-Identifier: MIT
// support: helpers for the tests of programs.
//
// Each test case runs in a process of its own, and that process lives in a throw-away
// host (steps/common/lab/lab_host.hpp): its own and an outside network, cgroups,
// /run, hostname and processes. When a test case has ended, the host is compared with
// its state before; anything left behind fails the test.
#pragma once

#include <string>
#include <vector>

#include "common/lab/subprocess.hpp"

namespace zoomin::test {

using check::run_result;
using check::subprocess;

// Returns the path of a program of this build: built("step1").
std::string built(const std::string& name);

// Runs a program to its end: {built("step1"), "--quiet", "--", "true"}.
run_result run(const std::vector<std::string>& arguments, int seconds = 30);

// Runs a line of sh(1) with the build's programs in PATH: "step1 -q -- true <&-".
run_result shell(const std::string& line, int seconds = 30);

// A directory for one test, in `parent` or /tmp. The destructor removes it.
class scratch {
 public:
  explicit scratch(const std::string& parent = "/tmp");
  scratch(const scratch&) = delete;
  scratch& operator=(const scratch&) = delete;
  ~scratch();
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string operator/(const std::string& name) const {
    return path_ + "/" + name;
  }

 private:
  std::string path_;
};

bool contains(const std::string& text, const std::string& part);
void write_file(const std::string& path, const std::string& content);

// Counts the lines of `errors` that don't belong to a hint. The lines of a hint begin
// with "hint: " or with blanks. A program that fails prints one line, such as "step1: …",
// and perhaps a hint.
int lines_without_hints(const std::string& errors);

// Ends the process with a line that CTest shows as skipped, never as passed.
[[noreturn]] void skip_loudly(const std::string& reason);

}  // namespace zoomin::test
