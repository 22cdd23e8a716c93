// SPDX-License-Identifier: MIT
// explain: the story of a container as `run --explain` tells it: the narration of the
// modules, under headings that are the arrows of the article's diagram, and how both
// sides see what came of it.
#pragma once

#include <sys/types.h>

#include <string_view>

#include "common/fd.hpp"

namespace zoomin::container {

// A heading; nothing where no story is told.
void arrow(std::string_view text);

// Both sides of a process, on the place where the story is told.
void tell_both_sides(pid_t pid);

// The monitor has a stderr of its own later, and so has the container's command: from
// here on the story is told on another descriptor, which is the result's.
[[nodiscard]] unique_fd keep_narration();

}  // namespace zoomin::container
