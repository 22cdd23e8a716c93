// SPDX-License-Identifier: MIT
// terminal: a program on a pseudoterminal of its own, as a person at a keyboard has it,
// pty(7).
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "common/fd.hpp"

namespace zoomin::test {

class terminal {
 public:
  // Starts the program as leader of a new session, the terminal its controlling one.
  terminal(const std::vector<std::string>& arguments, unsigned short rows = 24,
           unsigned short columns = 80);
  terminal(const terminal&) = delete;
  terminal& operator=(const terminal&) = delete;
  ~terminal();  // SIGKILL to the program and all its descendants

  [[nodiscard]] pid_t program() const { return program_; }
  void type(const std::string& keys);  // "\x03" is Ctrl-C, "\x1a" Ctrl-Z, "\x04" Ctrl-D
  // Waits until `text` was shown; all output up to and with it. Throws check::failed with
  // what was shown instead.
  std::string expect(const std::string& text, int seconds = 10);
  void hang_up() { master_.reset(); }  // as a window that is closed
  void resize(unsigned short rows, unsigned short columns);
  // Waits for the program's end: its exit status, 128+n for signal n.
  int end(int seconds = 10);

 private:
  pid_t program_ = -1;
  unique_fd master_;
  std::string shown_;  // not yet expected
};

}  // namespace zoomin::test
