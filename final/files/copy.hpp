// SPDX-License-Identifier: MIT
// copy: files with all that belongs to them: owner, mode, times, extended attributes,
// links, holes; devices and sockets as nodes.
//
// By descriptors, each name in its directory and never followed, so that nobody who
// renames files meanwhile leads a copy elsewhere.
#pragma once

#include <string>

namespace zoomin::files {

// What the directory `from` holds comes into the directory `to`, over what is there of
// the same name and kind. `place` names `from` in an error. Throws sys::error.
void copy_contents(int from, int to, const std::string& place);
// Owner, mode, times and attributes of the directory itself.
void copy_directory_itself(int from, int to, const std::string& place);
// One entry of the directory `from`, under the name `as` in the directory `to`.
void copy_entry(int from, const std::string& name, int to, const std::string& as,
                const std::string& place);

}  // namespace zoomin::files
