// SPDX-License-Identifier: MIT
// names: checks names of containers, volumes and networks, and locks the directories that
// hold them.
#pragma once

#include <string>
#include <string_view>

#include "common/fd.hpp"

namespace zoomin::base {

// Throws usage_error unless the name is 1 to `most` of [A-Za-z0-9_.-], beginning with a
// letter or digit. `type` says what is named: "volume".
void validate_name(const std::string& name, std::size_t most, std::string_view type);

// Makes the directory and its parent if they are missing, and locks it: flock(2), shared
// or exclusive.
[[nodiscard]] unique_fd lock_directory(const std::string& directory, bool exclusive);

}  // namespace zoomin::base
