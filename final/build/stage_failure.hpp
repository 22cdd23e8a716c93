// SPDX-License-Identifier: MIT
// stage_failure: a failure that crosses from the process of a stage to the build.
#pragma once

#include <exception>
#include <string>

namespace zoomin::build {

// Returns the failure as a text for throw_stage_failure().
std::string stage_failure(const std::exception& failure);
// Throws the failure with the class and the parts that it had in the stage's process: a
// dockerfile_error, or what container::throw_failure() throws.
[[noreturn]] void throw_stage_failure(const std::string& text);

}  // namespace zoomin::build
