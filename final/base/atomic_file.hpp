// SPDX-License-Identifier: MIT
// atomic_file: replaces small files, so that a reader finds the old content or the new
// one.
#pragma once

#include <string>

namespace zoomin::base {

// Writes a new file, with mode 0600, and gives it the name `path`: rename(2). `durable`:
// the content outlives a crash of the machine, fsync(2).
void replace_file(const std::string& path, const std::string& content, bool durable);

// Overwrites the file. This needs no free block on a full disk, unless the content has
// grown. A content that one write(2) takes is never seen half written; a longer one may
// be.
void overwrite_in_place(const std::string& path, const std::string& content);

}  // namespace zoomin::base
