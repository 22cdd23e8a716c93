// SPDX-License-Identifier: MIT
// failure_line: a failure that crosses the control protocol (monitor/event_loop.hpp), so
// that a command whose request fails in a monitor reports it as its own.
#pragma once

#include <exception>
#include <string>
#include <string_view>

namespace zoomin::container {

// The protocol's first version in which a failure is an object. Before it was "error
// WHY".
constexpr int version_with_kinds = 2;

// Returns the answer to a client that speaks `version` of the protocol, without a
// newline.
std::string failure_line(const std::exception& failure, int version);
// Returns whether an answer, of any version, describes a failure.
bool is_failure_line(std::string_view answer);
// Throws the failure: a field_error, usage_error or sys::error with the kind, the field,
// the error number and the hint that it had in the monitor. A failure of version 1, and
// an answer that isn't one, becomes a usage_error with the kind `conflict`.
[[noreturn]] void throw_failure(const std::string& answer);

}  // namespace zoomin::container
