// SPDX-License-Identifier: MIT
// nearest: finds the known word that is most similar to a mistyped one. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace zoomin::base {

// Returns the word of `known` that differs from `typed` in the fewest characters (added,
// missing, replaced, or two exchanged). Returns "" if all differ in more than two, or in
// more than one if `typed` has less than four.
std::string nearest(std::string_view typed, const std::vector<std::string>& known);

}  // namespace zoomin::base
