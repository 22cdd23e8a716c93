// SPDX-License-Identifier: MIT
// make_path: directories that are there nearly always, asked for with one mkdir(2).
#pragma once

#include <sys/types.h>

#include <string>

namespace zoomin::sys {

// Makes `path` and, of its parents, `top` and those below it, as far as they are missing.
// Narrates nothing. Throws sys::error.
void make_path(const std::string& path, const std::string& top, mode_t mode = 0755);

}  // namespace zoomin::sys
