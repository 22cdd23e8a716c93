// SPDX-License-Identifier: MIT
// ps: how the commands list a container.
#pragma once

#include <cstdint>
#include <string>

#include "cli/text/template_functions.hpp"
#include "container/state.hpp"

namespace zoomin::cli {

// Holds the headings of all columns, by their names in templates.
extern const json ps_headings;

// Returns a container's columns by their names in templates: "ID", "Image", "Command",
// "Status" and so on. Nothing is shortened if `whole`. `now` is in seconds since 1970.
json ps_fields(const std::string& id, const container::state& state, bool whole,
               std::int64_t now);

}  // namespace zoomin::cli
