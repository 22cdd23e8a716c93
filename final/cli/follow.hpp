// SPDX-License-Identifier: MIT
// follow: in the foreground: a container's streams are this command's, until it ends.
#pragma once

#include "container/control.hpp"
#include "container/stdio.hpp"

namespace zoomin::cli {

struct followed {
  container::control watch;  // is told the end, and passes signals on
  unique_fd streams;
  bool input = false;     // our stdin is its stdin
  bool terminal = false;  // the streams are bare
};

// The exit status; 0 after the keys Ctrl-P Ctrl-Q, which leave a container with a
// terminal to itself.
int follow(followed what);

// The size of our terminal; zero where we have none.
container::window window_size();
// "the input device is not a TTY": throws usage_error where -it couldn't work.
void require_terminal(bool input, bool terminal);

}  // namespace zoomin::cli
