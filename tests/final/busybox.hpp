// SPDX-License-Identifier: MIT
// busybox: shared by tests of the runtime: an image with the distribution's static
// busybox and links to it in /bin, and functions that return the output of commands.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace zoomin::test {

// Imports the image under `name`, and checks that this succeeds. `changes` is a line of
// sh(1) that first runs in the image's root directory.
void import_busybox(const std::string& name = "bb", const std::string& changes = "true");

// Returns the output of a line of sh(1), without the newlines at its end.
std::string output_of(const std::string& line);
// Returns the output of a line of sh(1) in a new container with `flags`.
std::string inside(const std::string& flags, const std::string& line);
// Returns the details of a container, as `zoomin inspect` prints them.
nlohmann::json inspected(const std::string& container);
// Kills the monitor of a running container, and waits until it has ended.
void kill_monitor(const std::string& container);

}  // namespace zoomin::test
