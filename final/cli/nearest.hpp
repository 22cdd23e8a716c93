// SPDX-License-Identifier: MIT
// nearest: the known word that a mistyped one is most like. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace zoomin::cli {

// Returns the word of `known` that differs from `typed` in the fewest characters (added,
// missing, other, or two exchanged); empty where that is more than two.
std::string nearest(std::string_view typed, const std::vector<std::string>& known);

}  // namespace zoomin::cli
