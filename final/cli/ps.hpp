// SPDX-License-Identifier: MIT
// ps: how a container is listed.
#pragma once

#include <cstdint>
#include <string>

#include "cli/text/template_functions.hpp"
#include "container/state.hpp"

namespace zoomin::cli {

// Of all columns, by their names in templates.
extern const json ps_headings;

// Columns by their names in templates: "ID", "Image", "Command", "Status" … `whole`:
// nothing is shortened. `now`: seconds since 1970.
json ps_fields(const std::string& id, const container::state& state, bool whole,
               std::int64_t now);

}  // namespace zoomin::cli
