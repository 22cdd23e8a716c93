// SPDX-License-Identifier: MIT
// copy_tree: copies files with their owner, mode, times, extended attributes, hard links
// and holes; devices and sockets are copied as nodes.
//
// It walks by descriptors and never follows a link, so that files that are renamed
// meanwhile can't lead a copy elsewhere.
#pragma once

#include <sys/types.h>

#include <string>

namespace zoomin::base {

// Selects the owner of the copies. `ours` makes the caller their owner, and drops
// set-user-ID bits and file capabilities, which would give away the caller's rights.
enum class owners { kept, ours };

// Copies the entries of the directory `from` into the directory `to`. They replace
// existing entries, but a directory replaces only a directory. `path` names `from` in an
// error. Throws sys::error.
void copy_contents(int from, int to, const std::string& path,
                   owners ownership = owners::kept);
// Copies the owner, mode, times and attributes of the directory itself.
void copy_directory_itself(int from, int to, const std::string& path,
                           owners ownership = owners::kept);
// Copies one entry of the directory `from` into the directory `to`, under the name `as`.
void copy_entry(int from, const std::string& name, int to, const std::string& as,
                const std::string& path, owners ownership = owners::kept);

// Copies `size` bytes, or fewer if the file becomes shorter. Holes stay holes.
void copy_data(int from, int to, off_t size, const std::string& path);
// Copies the extended attributes that the target's file system supports.
void copy_attributes(int from, int to, owners ownership);
// Removes an entry that a copy will replace. Throws usage_error if it is a directory.
// `source` is the mode of the copy.
void make_room(int directory, const std::string& name, const std::string& path,
               mode_t source);

}  // namespace zoomin::base
