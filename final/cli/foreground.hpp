// SPDX-License-Identifier: MIT
// foreground: in the foreground: a container's streams are this command's, until it ends.
#pragma once

#include <string>

#include "cli/flags.hpp"
#include "container/control.hpp"
#include "container/runtime/stdio.hpp"

namespace zoomin::cli {

// What the user wants of it.
struct attach_options {
  bool shows_out = true, shows_err = true;
  bool passes_signals = true;
  std::string detach_keys = "\x10\x11";  // Ctrl-P Ctrl-Q
};
// "ctrl-p,ctrl-q", "a": throws usage_error.
std::string parse_keys(const std::string& text);

struct attachment {
  container::control watch;  // is told the end, and passes signals on
  unique_fd streams;
  bool input = false;     // our stdin is its stdin
  bool terminal = false;  // the streams are bare
  attach_options how{};
};

// The exit status; 0 after the detach keys, which leave a container with a terminal to
// itself.
int follow(attachment attachment);

// By --attach, --sig-proxy and --detach-keys, where a command has them.
attach_options attach_options_of(const flags& options);

// The size of our terminal; zero where we have none.
container::window window_size();
// "the input device is not a TTY": throws usage_error where -it couldn't work.
void require_terminal(bool input, bool terminal);

}  // namespace zoomin::cli
