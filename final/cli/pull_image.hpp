// SPDX-License-Identifier: MIT
// pull_image: fetches the image of run and create if it is absent, by running
// `zoomin-registry pull`. Its output goes to stderr, as with docker.
#pragma once

#include <functional>
#include <string>

#include "cli/flags.hpp"
#include "engine.hpp"

namespace zoomin::cli {

// Calls `create` and returns its result. `--pull always` fetches the image before. With
// `--pull missing`, the default, it is fetched if `create` doesn't find it, and `create`
// is called again. Throws already_reported if fetching fails.
std::string with_image(engine& engine, const flags& options,
                       const std::function<std::string()>& create);

}  // namespace zoomin::cli
