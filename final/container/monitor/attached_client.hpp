// SPDX-License-Identifier: MIT
// attached_client: the command that starts a container or an exec, as the monitor sees
// it.
#pragma once

#include "common/fd.hpp"
#include "container/runtime/stdio.hpp"

namespace zoomin::container {

// The monitor's ends of control::make_pair(). They are empty if the command doesn't stay.
struct attached_client {
  unique_fd streams;   // attached before the first byte of output
  bool input = false;  // the client's standard input is carried too
  unique_fd control;   // receives the exit notification
  window size{};       // of the command's terminal
  bool stays = false;  // receives the narration to its end (narration.hpp)
};

}  // namespace zoomin::container
