// SPDX-License-Identifier: MIT
// pull_image: pulls the image of run and create by running `zoomin-registry pull`, whose
// output goes to stderr, as with docker.
#pragma once

#include <functional>
#include <string>

#include "cli/flags.hpp"
#include "engine.hpp"

namespace zoomin::cli {

// Calls `create` and returns its result. With `--pull always` it pulls the image first.
// With `--pull missing`, the default, it pulls the image if `create` doesn't find it, and
// calls `create` again. Throws already_reported if pulling fails.
std::string with_image(engine& engine, const flags& options,
                       const std::function<std::string()>& create);

}  // namespace zoomin::cli
