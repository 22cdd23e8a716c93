// SPDX-License-Identifier: MIT
// atomic_file: replaces the contents of small files.
#pragma once

#include <string>

namespace zoomin::base {

// Writes a new file with mode 0600 and renames it to `path`, rename(2), so that a reader
// finds either the old content or the new one. With `durable` the content is on the disk
// before the rename, fsync(2), so that this also holds after a crash of the machine.
void replace_file(const std::string& path, const std::string& content, bool durable);

// Overwrites the file. This needs no free block on a full disk, unless the content has
// grown. A reader may see a part of a content that takes more than one write(2).
void overwrite_in_place(const std::string& path, const std::string& content);

}  // namespace zoomin::base
