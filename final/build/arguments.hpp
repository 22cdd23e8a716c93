// SPDX-License-Identifier: MIT
// arguments: parses the arguments of COPY, ADD and RUN. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "build/copy.hpp"
#include "build/dockerfile.hpp"
#include "image/archive/words.hpp"

namespace zoomin::build {

// Parses a COPY or ADD. `config` is the configuration of the image so far. Throws
// usage_error.
copy_request parse_copy(const instruction& step, const nlohmann::json& config,
                        const image::word_rules& rules);
// Returns the instruction's line in the image's history.
std::string copy_text(const instruction& step, const copy_request& request);

// Returns the command of a RUN. A heredoc that is its only argument is a script, run by
// the shell or by the interpreter of its "#!" line; other heredocs are part of the
// shell's command line.
std::vector<std::string> parse_run(const instruction& step, const nlohmann::json& config);

// Returns the heredoc of a RUN if it is a script with a "#!" line, or "" for any other
// RUN. The command expects it in the container as the file script_path.
std::string script_of(const instruction& step);
constexpr auto script_path = "/dev/heredoc";

}  // namespace zoomin::build
