// SPDX-License-Identifier: MIT
// foreground: connects this command's streams with a container's, until the container
// ends or the detach keys are typed.
#pragma once

#include <string>

#include "cli/flags.hpp"
#include "container/control.hpp"
#include "container/runtime/stdio.hpp"

namespace zoomin::cli {

// Says how to attach, by --attach, --sig-proxy and --detach-keys.
struct attach_options {
  bool shows_out = true, shows_err = true;
  bool passes_signals = true;
  std::string detach_keys = "\x10\x11";  // Ctrl-P Ctrl-Q
};
// Parses a key sequence such as "ctrl-p,ctrl-q" or "a". Throws usage_error.
std::string parse_keys(const std::string& text);

// Holds the connections to a container's monitor and how to use them.
struct attachment {
  container::control watch;  // receives the exit notification, sends signals
  unique_fd streams;
  bool input = false;     // our stdin is its stdin
  bool terminal = false;  // the streams carry no frames
  attach_options how{};
};

// Copies the streams until the container ends. Returns its exit status; 0 after the
// detach keys, after which the container keeps running.
int follow(attachment attachment);

// Returns the options by --attach, --sig-proxy and --detach-keys, if the command has
// them. Throws usage_error, misuse.
attach_options attach_options_of(const flags& options);

// Returns the size of this command's terminal; zero if it has none.
container::window window_size();
// Throws usage_error, "the input device is not a TTY", if -it can't work.
void require_terminal(bool input, bool terminal);

}  // namespace zoomin::cli
