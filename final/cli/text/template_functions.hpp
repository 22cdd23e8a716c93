// SPDX-License-Identifier: MIT
// template_functions: the functions that the actions of a --format can call. Pure.
#pragma once

#include <span>
#include <string>

#include "base/json.hpp"

namespace zoomin::cli {

using json = nlohmann::ordered_json;

// Throws usage_error, "--format: WHY".
[[noreturn]] void refuse_format(const std::string& why);

// Returns the value as Go's fmt.Print prints it.
std::string text_of(const json& value);
// Returns true for a value that is not empty, not 0 and not false.
bool is_true(const json& value);
// Throws usage_error if the value has no such field.
const json& field_of(const json& value, const std::string& name);
// Returns the value of {{.Label "NAME"}} for a row whose Labels are "NAME=VALUE,…"; "" if
// the row has no such label.
json label_of(const json& row, const std::string& name);
// Calls a function by its name. Throws usage_error if there is no such function, or if
// its arguments have the wrong number or type.
json call_function(const std::string& name, std::span<const json> values);

}  // namespace zoomin::cli
