// SPDX-License-Identifier: MIT
// capability: the names and numbers of the kernel's capabilities, capabilities(7). libcap
// isn't used, because loading it costs six system calls at each start of a program.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace zoomin::security {

// Returns the number of a capability by its full name, such as "CAP_KILL"; nullopt if the
// name is unknown.
std::optional<int> capability_number(std::string_view name);
// Returns the full name, such as "CAP_KILL"; empty if the number is unknown.
std::string capability_name(int number);

}  // namespace zoomin::security
