// SPDX-License-Identifier: MIT
// explain: the output of `run --explain`: the narration of the modules, under headings
// that are the arrows of the article's diagram, and the container as both sides see it.
#pragma once

#include <sys/types.h>

#include <string_view>

#include "common/fd.hpp"

namespace zoomin::container {

// Prints a heading, if narration is on.
void arrow(std::string_view text);

// Prints a process's facts from both sides, where the narration goes.
void print_both_sides(pid_t pid);
// Prints a container's facts, unless the narration is brief or off, and puts them into
// the record, if there is one. Before the container exists, the process is this one.
void record_both_sides_before();
void narrate_both_sides(pid_t pid);

// Keeps narrating to the current stderr, through a copy of its descriptor, which is
// returned: the monitor and the container's command get other ones later.
[[nodiscard]] unique_fd keep_narration();

}  // namespace zoomin::container
