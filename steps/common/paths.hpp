// SPDX-License-Identifier: MIT
// paths: the directories for persistent and for temporary state, and this program's file.
#pragma once

#include <string>

namespace zoomin {

// Returns the directory for state that a reboot ends (locks, leases, scratch):
// $ZOOMIN_RUN, or /run/zoomin.
std::string run_directory();

// Returns the directory for persistent state: $ZOOMIN_ROOT, or /var/lib/zoomin.
std::string root_directory();

// Returns the path of this program's own file, from /proc/self/exe. Empty if it has none:
// it runs from memory, or from a mount that is attached nowhere.
std::string program_file();

// Returns the directory of program_file(). If there is no such path, it follows from the
// name under which the program was started.
std::string program_directory();

}  // namespace zoomin
