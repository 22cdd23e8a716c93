// SPDX-License-Identifier: MIT
// names: what is found by its name in a directory of ours: containers, volumes, networks.
#pragma once

#include <string>
#include <string_view>

#include "common/fd.hpp"

namespace zoomin::files {

// 1 to `most` of [A-Za-z0-9_.-], a letter or digit first; throws usage_error. `whose`: "a
// volume's name".
void validate_name(const std::string& name, std::size_t most, std::string_view whose);

// Makes the directory and the one around it where they aren't there; flock(2), shared or
// exclusive.
[[nodiscard]] unique_fd lock_directory(const std::string& directory, bool exclusive);

}  // namespace zoomin::files
