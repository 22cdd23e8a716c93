// SPDX-License-Identifier: MIT
// template_functions: what the actions of a --format can do with values. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>

namespace zoomin::cli {

using json = nlohmann::ordered_json;

// usage_error: "--format: WHY".
[[noreturn]] void refuse_format(const std::string& why);

// As Go's fmt.Print shows it.
std::string text_of(const json& value);
// Not empty, not 0, not false.
bool is_true(const json& value);
const json& field_of(const json& value, const std::string& name);
// {{.Label "NAME"}} of a row, whose Labels are "NAME=VALUE,…"; "" where it has none.
json label_of(const json& row, const std::string& name);
json call_function(const std::string& name, std::span<const json> with);

}  // namespace zoomin::cli
