// SPDX-License-Identifier: MIT
// subprocess: runs a program in the background with its three streams connected to pipes.
// Only checks and tests use it.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "common/fd.hpp"

namespace zoomin::check {

struct failed : std::exception {
  explicit failed(std::string why) : text(std::move(why)) {}
  [[nodiscard]] const char* what() const noexcept override { return text.c_str(); }
  std::string text;
};
// Throws failed(why) unless `holds`.
void expect(bool holds, const std::string& why);

// Multiplies a time limit by $ZOOMIN_PATIENCE, for slow (emulated) machines.
int stretched(int seconds);

class subprocess {
 public:
  // Starts a program. arguments[0] is its path, or a name to look up in PATH.
  explicit subprocess(const std::vector<std::string>& arguments);
  subprocess(const subprocess&) = delete;
  subprocess& operator=(const subprocess&) = delete;
  ~subprocess();  // sends SIGKILL to the program and all its descendants

  [[nodiscard]] pid_t program() const { return program_; }
  // Returns the PID of the program's only child on this side; for a step program it is
  // the container's first process. The command must print the line "ready" first; throws
  // `failed` if it doesn't within 10 s.
  pid_t first_process();
  void write(const std::string& text);
  // Returns the next line of output without the newline. Throws `failed` after `seconds`.
  std::string line(int seconds = 10);
  void close_input() { in_.reset(); }
  // Closes stdin, waits for the program to end and returns its exit status, or 128+n if
  // signal n ended it. Throws `failed` after `seconds`.
  int end(int seconds = 10);
  void kill(int signal) const;
  // Returns the output that line() hasn't read yet, until end of file or `seconds`.
  std::string output(int seconds = 10);
  std::string errors(int seconds = 1);

 private:
  pid_t program_ = -1;
  unique_fd in_, out_, err_;
  std::string buffered_;
};

// A temporary directory in /run that the destructor removes.
class scratch {
 public:
  scratch();
  scratch(const scratch&) = delete;
  scratch& operator=(const scratch&) = delete;
  ~scratch();
  [[nodiscard]] std::string operator/(const std::string& name) const {
    return path_ + "/" + name;
  }

 private:
  std::string path_;
};

struct run_result {
  int status;
  std::string output;
  std::string errors;
};
// Runs a program to its end, with `input` as its stdin.
run_result run_to_end(const std::vector<std::string>& arguments, int seconds = 20,
                      const std::string& input = {});

}  // namespace zoomin::check
