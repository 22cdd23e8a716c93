// SPDX-License-Identifier: MIT
// copy_tree: copies files with their owner, mode, times, extended attributes, hard links
// and holes; devices and sockets are copied as nodes.
//
// It walks by descriptors and never follows a name, so that renaming files meanwhile
// can't lead a copy elsewhere.
#pragma once

#include <string>

namespace zoomin::files {

// `ours` makes the caller the owner of all copies, and drops set-user-ID bits and file
// capabilities, which would otherwise give away the caller's rights.
enum class owners { kept, ours };

// Copies the entries of the directory `from` into the directory `to`. They replace what
// is there, but a directory replaces only a directory. `path` names `from` in an error.
// Throws sys::error.
void copy_contents(int from, int to, const std::string& path,
                   owners ownership = owners::kept);
// Copies the owner, mode, times and attributes of the directory itself.
void copy_directory_itself(int from, int to, const std::string& path,
                           owners ownership = owners::kept);
// Copies one entry of the directory `from` into the directory `to`, under the name `as`.
void copy_entry(int from, const std::string& name, int to, const std::string& as,
                const std::string& path, owners ownership = owners::kept);

}  // namespace zoomin::files
