// SPDX-License-Identifier: MIT
// create_flags: turns the flags of run, create and update into a create request, by the
// table of container/spec/fields.hpp.
#pragma once

#include <vector>

#include "cli/flags.hpp"
#include "container/spec/fields.hpp"

namespace zoomin::cli {

// Returns the flags of create, and with `runs` those of run.
std::vector<flag> flags_to_create(bool runs);

// Returns the variables of --env-file and --env: NAME=VALUE, or NAME alone if this
// process has no variable of that name. Throws usage_error.
arguments environment_of(const flags& options);

// Puts the flags of these fields into a request. Throws usage_error.
void put_fields(const flags& options, const std::vector<container::field>& fields,
                container::create_request& request);

// Returns the create request. Throws usage_error, misuse.
container::create_request request_of(const flags& options);

}  // namespace zoomin::cli
