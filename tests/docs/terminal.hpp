// SPDX-License-Identifier: MIT
// terminal: a shell with a terminal of its own, typed into and read by a test.
//
// pty(7). The host's shell has a prompt that nothing else prints and that carries the
// last exit status; echo is off, so that what is read is what commands print.
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
  void press_enter();  // where --pause waits for it
  // Whether the last thing read is "[Enter] ".
  [[nodiscard]] bool asks_for_enter() const { return asks_; }
  // Reads until a prompt is back, or `enough` is content with what has been read, or the
  // time is over (then false). Presses Enter where that is asked for.
  bool read_until(int seconds, const std::function<bool(const std::string&)>& enough);
  // Returns what was read since the last call, without prompt, echo and escape
  // sequences.
  std::string take();

  // After a prompt: "$ " for the host's shell, else what the inner shell shows.
  [[nodiscard]] const std::string& prompt() const { return prompt_; }
  [[nodiscard]] bool busy() const { return prompt_.empty(); }
  // The exit status of the last command of the host's shell.
  [[nodiscard]] int status() const { return status_; }

 private:
  bool read_some(int milliseconds);
  bool at_prompt();

  pid_t shell_ = -1;
  unique_fd master_;
  std::string raw_;     // read, not yet taken
  std::string echoed_;  // typed; an inner shell's line editor shows it again
  std::string prompt_;
  int status_ = 0;
  bool asks_ = false;
  bool interrupted_ = false;
};

}  // namespace zoomin::docs
