// SPDX-License-Identifier: MIT
// atomic_file: small files that a reader finds as they were or as they are, never half
// written.
#pragma once

#include <string>

namespace zoomin::files {

// A new file takes the old one's place, rename(2), 0600. `durable`: it outlives a crash
// of the machine, fsync(2).
void replace_file(const std::string& path, const std::string& content, bool durable);

// In the old one's own place: within its blocks that needs none, on a full disk neither.
// A reader may meet it half written; a short one, in a single write(2), not.
void overwrite_in_place(const std::string& path, const std::string& content);

}  // namespace zoomin::files
