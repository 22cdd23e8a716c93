// SPDX-License-Identifier: MIT
// check: what --self-check proves of a step program, fact by fact.
//
// A fact is looked at from the host's side (/proc/PID/ns, mountinfo, netlink, cgroup
// files) while the program runs a container; the program's own words prove nothing. Each
// fact belongs to one mechanism; a later step's list begins with the earlier steps'.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/fd.hpp"

namespace zoomin::check {

// A container started by the program under test, in the background.
class subject {
 public:
  // Runs PROGRAM [--skip …] --quiet OPTIONS -- COMMAND. Standard input is a pipe (closing
  // it: end()), output and errors are captured.
  subject(const std::vector<std::string>& options,
          const std::vector<std::string>& command);
  subject(const subject&) = delete;
  subject& operator=(const subject&) = delete;
  ~subject();  // kills program and container

  [[nodiscard]] pid_t program() const { return program_; }
  // The container's first process as the host sees it, once it runs the command: the
  // command must print the line "ready". Throws check::failed where it doesn't within 10
  // s.
  pid_t first_process();
  void write(const std::string& text);
  // The next line of output, without the newline; throws check::failed after `seconds`.
  std::string line(int seconds = 10);
  // Closes stdin, waits for the program's end: its exit status.
  int end(int seconds = 10);
  void kill(int signal);
  // All of stdout and stderr that was not yet read by line(), until the program's end.
  std::string output();
  std::string errors();

 private:
  pid_t program_ = -1;
  unique_fd in_, out_, err_;
  std::string buffered_;
};

// A finished run: for facts about exit statuses and output.
struct run_result {
  int status;
  std::string output;
  std::string errors;
};
run_result run(const std::vector<std::string>& options,
               const std::vector<std::string>& command, int seconds = 20);

struct failed : std::exception {
  explicit failed(std::string why) : text(std::move(why)) {}
  [[nodiscard]] const char* what() const noexcept override { return text.c_str(); }
  std::string text;
};
// Throws failed(why) unless `holds`.
void expect(bool holds, const std::string& why);

struct fact {
  std::string mechanism;        // "pid", "net", "mnt", "cgroups", "overlay"
  std::string sentence;         // "the first process sees itself as PID 1"
  std::function<void()> prove;  // returns where it holds, throws failed where not
};

// Runs the facts against `program` with --skip NAME for each of `skip`; prints a line for
// each on stdout ("ok   pid  sentence" or "FAIL pid  sentence: why"). True if all hold.
// Call it in a throw-away host.
bool prove(const std::string& program, const std::vector<std::string>& skip,
           const std::vector<fact>& facts);

}  // namespace zoomin::check
