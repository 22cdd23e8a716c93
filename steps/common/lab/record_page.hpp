// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace zoomin {

// The page that --record fills: record.html, which CMake makes a C++ source.
extern const std::string_view record_page;

}  // namespace zoomin
