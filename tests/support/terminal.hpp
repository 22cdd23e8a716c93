// SPDX-License-Identifier: MIT
// terminal: runs a program on its own pseudoterminal, pty(7).
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "common/fd.hpp"

namespace zoomin::test {

class terminal {
 public:
  // Starts the program as leader of a new session with this controlling terminal.
  terminal(const std::vector<std::string>& arguments, unsigned short rows = 24,
           unsigned short columns = 80);
  terminal(const terminal&) = delete;
  terminal& operator=(const terminal&) = delete;
  ~terminal();  // sends SIGKILL to the program and all its descendants

  [[nodiscard]] pid_t program() const { return program_; }
  void type(const std::string& keys);  // "\x03" is Ctrl-C, "\x1a" Ctrl-Z, "\x04" Ctrl-D
  // Waits until `text` appears. Returns all output up to and including it. Throws
  // check::failed with the output if it doesn't.
  std::string expect(const std::string& text, int seconds = 10);
  void hang_up() { master_.reset(); }  // like closing the window
  void resize(unsigned short rows, unsigned short columns);
  // Waits for the program's end. Returns its exit status, or 128+n for signal n.
  int end(int seconds = 10);

 private:
  pid_t program_ = -1;
  unique_fd master_;
  std::string shown_;  // output after the last expected text
};

}  // namespace zoomin::test
