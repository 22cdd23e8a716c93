// SPDX-License-Identifier: MIT
// foreground: lends the terminal to a child in another PID namespace.
//
// A shell in the container asks for its process group, and gets 0 if the group's leader
// isn't in its PID namespace: credentials(7), pid_namespaces(7). So the child leads a
// group of its own, which becomes the terminal's foreground group, and this process joins
// it: Ctrl-C and Ctrl-Z reach both. Nothing is done if stdin is no terminal, if this
// process isn't in its foreground or leads the session (setpgid(2) then fails), or if the
// leader of its group is outside its PID namespace.
#pragma once

#include <sys/types.h>
#include <termios.h>

namespace zoomin {

class foreground {
 public:
  explicit foreground(pid_t child);
  foreground(const foreground&) = delete;
  foreground& operator=(const foreground&) = delete;
  ~foreground();  // takes the terminal back, and restores its settings

  // Handles Ctrl-Z: stops this process as a member of its old group, which its shell
  // knows. When the shell continues it, the child's group is continued too.
  void stop() const;

 private:
  void lend() const;
  void take_back() const;

  pid_t child_;
  pid_t before_ = 0;
  termios settings_{};
  bool lent_ = false;
};

}  // namespace zoomin
