// SPDX-License-Identifier: MIT
// explain: the output of `run --explain`: the narration of the modules, under headings
// that are the arrows of the article's diagram, and the container as both sides see it.
#pragma once

#include <sys/types.h>

#include <string_view>

#include "common/fd.hpp"

namespace zoomin::container {

// Prints a heading of the narration, if narration is on.
void arrow(std::string_view text);

// Prints a process's facts, as seen from the host and from inside, to the output of the
// narration.
void print_both_sides(pid_t pid);
// Print a container's facts, unless the narration is brief or off, and add them to the
// record, if there is one. record_both_sides_before() records this process's facts,
// before the container exists.
void record_both_sides_before();
void narrate_both_sides(pid_t pid);

// Directs the narration to a copy of the current stderr and returns the copy. The monitor
// and the container's command replace their stderr later.
[[nodiscard]] unique_fd keep_narration();

}  // namespace zoomin::container
