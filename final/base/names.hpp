// SPDX-License-Identifier: MIT
// names: checks names of containers, volumes and networks, and locks the directories that
// hold them.
#pragma once

#include <string>
#include <string_view>

#include "common/fd.hpp"

namespace zoomin::base {

// Throws usage_error unless the name has 1 to `most` characters of [A-Za-z0-9_.-] and
// begins with a letter or digit. `type` is what is named, for the message: "volume".
void validate_name(const std::string& name, std::size_t most, std::string_view type);

// Makes the directory and its parent if they are missing, and locks it: flock(2), shared
// or exclusive.
[[nodiscard]] unique_fd lock_directory(const std::string& directory, bool exclusive);

}  // namespace zoomin::base
