// SPDX-License-Identifier: MIT
// printable: text that is safe to print on a terminal. Names and messages come from
// images, archives, containers and arguments; an escape sequence in them could forge or
// hide output. Pure.
#pragma once

#include <string>
#include <string_view>

namespace zoomin::base {

// Returns `text` with each control character written as an escape: \x1b, \n, \u009b for
// the controls beyond ASCII (ISO 6429), \u202e for those that change a line's direction.
// A byte that isn't UTF-8 is written as \xff.
std::string printable(std::string_view text);

// Returns text of several lines as printable() does, but keeps newlines and tabs.
std::string printable_lines(std::string_view text);

}  // namespace zoomin::base
