// SPDX-License-Identifier: MIT
// stdio: where a container's standard streams lead: three pipes, or a terminal of its
// own, pipe(7), pts(4).
//
// The owner (a monitor, or the session of an exec) holds one end of each, the container's
// process the other; nothing that the caller of `zoomin` has open is ever passed in.
#pragma once

#include <sys/types.h>

#include <utility>

#include "01-pid/gate.hpp"
#include "common/fd.hpp"
#include "container/spec/process.hpp"

namespace zoomin::container {

// The owner's. With a terminal `out` and `in` are both its master, and `err` is empty;
// `in` is empty where nothing is to be written.
struct outer_ends {
  unique_fd in, out, err;
};

// The process's. With a terminal empty: it is made inside.
struct inner_ends {
  unique_fd in, out, err;
};

// `has_input`: else stdin will be the container's /dev/null.
std::pair<outer_ends, inner_ends> make_pipes(bool has_input);

// Inside, in the new root: the pipes become descriptors 0, 1 and 2, of which `uid` may
// open others by /dev/stdout.
void use_pipes(inner_ends& ends, uid_t uid, gid_t gid);

// Inside, in the new root: a terminal of the container's own devpts becomes descriptors
// 0, 1 and 2. Its master goes through the gate to the owner. `console`: it is
// /dev/console, too.
void use_terminal(window size, uid_t uid, bool console, pid::gate& door);

// The owner: what came through the gate.
outer_ends terminal_ends(unique_fd master, bool has_input);
void resize(int master, window size);  // what fails is of no matter

}  // namespace zoomin::container
