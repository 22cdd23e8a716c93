// SPDX-License-Identifier: MIT
// create_flags: turns the flags of run and create into a create request in the shape of
// Docker's Engine API, which container/spec/spec.hpp reads.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "cli/flags.hpp"

namespace zoomin::cli {

// Returns the variables of --env-file and --env: NAME=VALUE, or NAME alone if this
// process has no variable of that name. Throws usage_error.
arguments environment_of(const flags& options);

// Returns the create request. Throws usage_error, misuse.
nlohmann::ordered_json request_of(const flags& options);

}  // namespace zoomin::cli
