// SPDX-License-Identifier: MIT
// console: what commands print, and ask, on the terminal.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "cli/errors.hpp"

namespace zoomin::cli {

// Returns a message of the engine with the flags of run in place of the settings that it
// names: "--memory" for "HostConfig.Memory".
std::string in_flags(std::string_view text);
// Prints "zoomin: text" on stderr, and a line "hint: ..." if there is a hint, both
// in_flags().
void complain(const std::string& text, const std::string& hint = {});
void complain_of(const usage_error& failure);
// Writes the whole text to a descriptor. Throws sys::error.
void write_all(int to, std::string_view text);
// Writes the whole text to stdout. Throws sys::error.
void print(const std::string& text);

// Warns in docker's words that the command will remove `targets`, such as "all stopped
// containers", and asks for confirmation, unless `forced`. If the answer isn't yes the
// command ends with status 0, as with docker.
void require_consent(bool forced, const std::string& targets);

// Calls `action` for each name. A failure is reported and doesn't stop the others; the
// result is then 1, else 0.
int for_each(const arguments& names,
             const std::function<void(const std::string&)>& action);

}  // namespace zoomin::cli
