// SPDX-License-Identifier: MIT
// subprocess: a program in the background, its three streams held by pipes. For checks
// and tests; containers are made otherwise.
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

// Seconds on this machine for what takes `seconds` elsewhere: $ZOOMIN_PATIENCE times as
// many, for an emulated one.
int stretched(int seconds);

class subprocess {
 public:
  // argv[0] is the program's path, or a name to be found in PATH.
  explicit subprocess(const std::vector<std::string>& arguments);
  subprocess(const subprocess&) = delete;
  subprocess& operator=(const subprocess&) = delete;
  ~subprocess();  // SIGKILL to the program and all its descendants

  [[nodiscard]] pid_t program() const { return program_; }
  // The program's one child: of a step program the container's first process, as this
  // side sees it. Its command must first print the line "ready"; throws failed where it
  // doesn't within 10 s.
  pid_t first_process();
  void write(const std::string& text);
  // The next line of output, without the newline; throws failed after `seconds`.
  std::string line(int seconds = 10);
  void close_input() { in_.reset(); }
  // Closes stdin and waits for the program's end: its exit status, 128+n for signal n.
  int end(int seconds = 10);
  void kill(int signal) const;
  // What was not yet read by line(), until the end of file.
  std::string output(int seconds = 10);
  std::string errors(int seconds = 1);

 private:
  pid_t program_ = -1;
  unique_fd in_, out_, err_;
  std::string buffered_;
};

// A directory in this host's /run, removed with this object.
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
// To its end, with `input` as its stdin.
run_result run_to_end(const std::vector<std::string>& arguments, int seconds = 20,
                      const std::string& input = {});

}  // namespace zoomin::check
