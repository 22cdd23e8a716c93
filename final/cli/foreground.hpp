// SPDX-License-Identifier: MIT
// foreground: connects this command's streams with those of a process in a container,
// until the process ends or the detach keys are typed.
#pragma once

#include <string>

#include "cli/flags.hpp"
#include "engine.hpp"

namespace zoomin::cli {

// Holds the values of --attach, --sig-proxy and --detach-keys.
struct attach_options {
  bool shows_out = true, shows_err = true;
  bool passes_signals = true;
  std::string detach_keys = "\x10\x11";  // Ctrl-P Ctrl-Q
};
// Parses a key sequence such as "ctrl-p,ctrl-q" or "a". Throws usage_error.
std::string parse_keys(const std::string& text);

// Copies the streams until the process ends, and returns its exit status. Returns 0 once
// the detach keys are typed; the process keeps running.
int follow(attachment attachment, attach_options options);

// Reads --attach, --sig-proxy and --detach-keys, if the command has them. Throws
// usage_error, misuse.
attach_options attach_options_of(const flags& options);

// Returns how this command is attached to a process that it starts.
attach_request attach_request_of(bool input, bool terminal);
// Throws usage_error, "the input device is not a TTY", if -it can't work.
void require_terminal(bool input, bool terminal);

}  // namespace zoomin::cli
