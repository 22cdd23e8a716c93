// SPDX-License-Identifier: MIT
// capability: the kernel's capabilities by name and number, capabilities(7). libcap knows
// them too, but its constructor makes six system calls at each start of a program.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace zoomin::security {

// Takes a full name, "CAP_KILL". Empty where there is no such capability.
std::optional<int> capability_number(std::string_view name);
// "CAP_KILL"; empty where the number isn't known here.
std::string capability_name(int number);

}  // namespace zoomin::security
