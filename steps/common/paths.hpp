// SPDX-License-Identifier: MIT
// paths: the directories for persistent and for temporary state, and this program's file.
#pragma once

#include <string>

namespace zoomin {

// The directories in which a program keeps its state.
struct context {
  std::string root = "/var/lib/zoomin";  // persistent state
  std::string run = "/run/zoomin";       // state that a reboot ends: locks and records
};

// Returns the context that $ZOOMIN_ROOT and $ZOOMIN_RUN choose. Only main() calls it.
context context_from_environment();

// Makes the requests of this process use other directories. Returns those that it used
// before.
context use_context(context other);

// Return the directories of the context in use; without use_context() the default one.
const std::string& run_directory();
const std::string& root_directory();

// Returns the path of this program's own file, from /proc/self/exe. Empty if it has none:
// it runs from memory, or from a mount that is attached nowhere.
std::string program_file();

// Returns the directory of program_file(). If there is no such path, it follows from the
// name under which the program was started.
std::string program_directory();

}  // namespace zoomin
