// SPDX-License-Identifier: MIT
// make_path: creates directories that nearly always exist; one mkdir(2) is then enough.
#pragma once

#include <sys/types.h>

#include <string>

namespace zoomin::sys {

// Creates `path` and its missing parents, up to and including `top`. Narrates nothing.
// Throws sys::error.
void make_path(const std::string& path, const std::string& top, mode_t mode = 0755);

}  // namespace zoomin::sys
