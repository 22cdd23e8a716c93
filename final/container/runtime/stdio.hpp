// SPDX-License-Identifier: MIT
// stdio: a container's standard streams: three pipes, pipe(7), or a terminal of its own,
// pts(4).
//
// The owner, a monitor or the event loop of an exec, holds one end of each stream, and
// the container's process holds the other. Descriptors of the caller of `zoomin` are
// never passed to the container.
#pragma once

#include <sys/types.h>

#include <utility>

#include "01-pid/gate.hpp"
#include "common/fd.hpp"
#include "container/spec/process.hpp"

namespace zoomin::container {

// The owner's ends. With a terminal, `out` and `in` are both its master, and `err` is
// empty. `in` is empty if there is no input.
struct outer_ends {
  unique_fd in, out, err;
};

// The process's ends. They are empty with a terminal, which is opened in the container.
struct inner_ends {
  unique_fd in, out, err;
};

// Creates the pipes. Without `has_input`, stdin will be the container's /dev/null.
std::pair<outer_ends, inner_ends> make_pipes(bool has_input);

// Makes the pipes the descriptors 0, 1 and 2. `uid` becomes the owner of the pipes, so
// that the user can open /dev/stdout. Call it in the new root.
void use_pipes(inner_ends& ends, uid_t uid, gid_t gid);

// Opens a terminal of the container's own devpts as descriptors 0, 1 and 2, and passes
// its master through the gate to the owner. If `console`, the terminal also becomes
// /dev/console. Call it in the new root.
void use_terminal(window size, uid_t uid, bool console, pid::gate& gate);

// Returns the owner's ends for a terminal, made from the master that came through the
// gate.
outer_ends terminal_ends(unique_fd master, bool has_input);
void resize(int master, window size);  // best effort

}  // namespace zoomin::container
