// SPDX-License-Identifier: MIT
// copy_tree: files with all that belongs to them: owner, mode, times, extended
// attributes, links, holes; devices and sockets as nodes.
//
// By descriptors, each name in its directory and never followed, so that nobody who
// renames files meanwhile leads a copy elsewhere.
#pragma once

#include <string>

namespace zoomin::files {

// `ours`: all becomes the caller's, so without set-user-ID bits and capabilities: these
// would then be of another user than the one who gave them.
enum class owners { kept, ours };

// What the directory `from` holds comes into the directory `to`, over what is there of
// the same name and kind. `place` names `from` in an error. Throws sys::error.
void copy_contents(int from, int to, const std::string& path,
                   owners whose = owners::kept);
// Owner, mode, times and attributes of the directory itself.
void copy_directory_itself(int from, int to, const std::string& path,
                           owners whose = owners::kept);
// One entry of the directory `from`, under the name `as` in the directory `to`.
void copy_entry(int from, const std::string& name, int to, const std::string& as,
                const std::string& path, owners whose = owners::kept);

}  // namespace zoomin::files
