// SPDX-License-Identifier: MIT
// console: prints messages and results, and asks for confirmation.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "cli/errors.hpp"

namespace zoomin::cli {

// Replaces the fields that a message of the engine names by the flags of run:
// "HostConfig.Memory" by "--memory".
std::string in_flags(std::string_view text);
// Prints "zoomin: text" on stderr, followed by a line "hint: ..." if there is a hint.
// Both pass through in_flags().
void complain(const std::string& text, const std::string& hint = {});
void report_failure(const usage_error& failure);
// Writes the whole text to a descriptor. Throws sys::error.
void write_all(int to, std::string_view text);
// Writes the whole text to stdout. Throws sys::error.
void print(const std::string& text);

// Waits until the descriptor `fd` is readable. Returns false if the reader of stdout is
// gone instead: nobody wants more.
bool wait_while_read(int fd);

// Warns in docker's words that the command will remove `targets`, such as "all stopped
// containers", and asks for confirmation, unless `forced`. If the answer isn't yes the
// command ends with status 0, as with docker.
void require_consent(bool forced, const std::string& targets);

// Calls `action` for each name. Reports a failure and goes on with the next name. Returns
// 1 if an action failed, else 0.
int for_each(const arguments& names,
             const std::function<void(const std::string&)>& action);

}  // namespace zoomin::cli
