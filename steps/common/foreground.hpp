// SPDX-License-Identifier: MIT
// foreground: lends the terminal to a child in another PID namespace.
//
// A shell inside asks for its process group, and would get 0 for one whose leader its
// namespace can't see: credentials(7), pid_namespaces(7). So the child leads a group of
// its own, which becomes the terminal's foreground group, and the owner joins it: Ctrl-C
// and Ctrl-Z reach both. Does nothing where stdin is no terminal, where we aren't in its
// foreground, where we lead the session (setpgid(2) then refuses), or where our own group
// is one that our namespace can't see.
#pragma once

#include <sys/types.h>
#include <termios.h>

namespace zoomin {

class foreground {
 public:
  explicit foreground(pid_t child);
  foreground(const foreground&) = delete;
  foreground& operator=(const foreground&) = delete;
  ~foreground();  // takes the terminal back, with the settings it had

  // Ctrl-Z: this process stops as the member of its old group that its shell knows; when
  // that shell continues it, the child's whole group goes on too.
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
