// SPDX-License-Identifier: MIT
// paths: where this project keeps what must last and what ends with the machine.
#pragma once

#include <string>

namespace zoomin {

// What dies with the machine (locks, leases, scratch): $ZOOMIN_RUN, or /run/zoomin.
std::string run_directory();

// What lasts: $ZOOMIN_ROOT, or /var/lib/zoomin.
std::string root_directory();

// The path of this program's own file, by /proc/self/exe; empty where it has none: it
// runs from a mount that is attached nowhere, or from memory.
std::string program_file();

// Its directory; where it has no path, by the name under which it was started.
std::string program_directory();

}  // namespace zoomin
