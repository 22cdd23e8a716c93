// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace zoomin::cli {

constexpr std::string_view version_number = "0.1";

}  // namespace zoomin::cli
