// SPDX-License-Identifier: MIT
// terminal: a shell on its own pseudoterminal, pty(7), with which a test types commands
// and reads their output.
//
// The host's shell has a prompt that no program prints and that contains the last exit
// status. Echo is off, so only the output of commands is read.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>

#include "common/fd.hpp"

namespace zoomin::docs {

class terminal {
 public:
  // Starts bash of `user` in `directory`, with `programs` first in its PATH. Throws
  // sys::error.
  terminal(const std::string& directory, const std::string& programs, uid_t user);
  terminal(const terminal&) = delete;
  terminal& operator=(const terminal&) = delete;
  ~terminal();  // hangs up

  // Types a command's line, without waiting.
  void type(const std::string& line);
  void interrupt();    // Ctrl-C
  void press_enter();  // for --pause
  // Returns true if the last output is "[Enter] ".
  [[nodiscard]] bool asks_for_enter() const { return asks_; }
  // Reads until a prompt appears or `enough` returns true for the output so far. Presses
  // Enter if --pause asks for it. Returns false if the time is over.
  bool read_until(int seconds, const std::function<bool(const std::string&)>& enough);
  // Returns the output since the last call, without prompt, echo and escape sequences.
  std::string take();

  // Returns the last prompt: "$ " of the host's shell, or the prompt of an inner shell.
  [[nodiscard]] const std::string& prompt() const { return prompt_; }
  [[nodiscard]] bool busy() const { return prompt_.empty(); }
  // Returns the exit status of the last command of the host's shell.
  [[nodiscard]] int status() const { return status_; }

 private:
  bool read_some(int milliseconds);
  bool at_prompt();

  pid_t shell_ = -1;
  unique_fd master_;
  std::string raw_;     // output that take() hasn't returned yet
  std::string echoed_;  // typed text, which an inner shell's line editor echoes
  std::string prompt_;
  int status_ = 0;
  bool asks_ = false;
  bool interrupted_ = false;
};

}  // namespace zoomin::docs
