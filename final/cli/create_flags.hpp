// SPDX-License-Identifier: MIT
// create_flags: what the flags of run and create ask for, as a create request in the
// shape of Docker's Engine API (container/spec/spec.hpp reads it).
#pragma once

#include <string>

#include "cli/flags.hpp"

namespace zoomin::cli {

// Returns the variables of --env-file and --env: NAME=VALUE, or NAME alone if we have
// none of that name. Throws usage_error.
arguments environment_of(const flags& options);

// JSON text. Throws usage_error, misuse.
std::string request_of(const flags& options);

}  // namespace zoomin::cli
