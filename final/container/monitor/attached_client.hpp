// SPDX-License-Identifier: MIT
// attached_client: what a monitor, or the event loop of an exec, knows of the command
// that started it.
#pragma once

#include "common/fd.hpp"
#include "container/runtime/stdio.hpp"

namespace zoomin::container {

// The sockets are the monitor's ends of control::make_pair(). They are empty if the
// command doesn't stay attached.
struct attached_client {
  unique_fd streams;   // attached before the first byte of output
  bool input = false;  // the client's standard input is carried too
  unique_fd control;   // receives the exit notification
  window size{};       // of the command's terminal
  bool stays = false;  // receives the narration to its end (narration.hpp)
};

}  // namespace zoomin::container
