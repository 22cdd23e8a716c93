// SPDX-License-Identifier: MIT
// arguments: what the arguments of COPY, ADD and RUN ask for. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "build/copy.hpp"
#include "build/dockerfile.hpp"
#include "image/archive/words.hpp"

namespace zoomin::build {

// Returns the request of a COPY or ADD. `config` is the image's so far. Throws
// usage_error.
copy_request parse_copy(const instruction& step, const nlohmann::json& config,
                        const image::word_rules& rules);
// Returns the instruction as history shows it.
std::string copy_text(const instruction& step, const copy_request& request);

// Returns the command of a RUN. A heredoc alone is a script, for the shell or for the
// interpreter of its "#!" line; others are part of the shell's line.
std::vector<std::string> parse_run(const instruction& step, const nlohmann::json& config);

// Returns the text of a script with a "#!" line, which the command expects as the file
// script_path in the container; empty for all other commands.
std::string script_of(const instruction& step);
constexpr auto script_path = "/dev/heredoc";

}  // namespace zoomin::build
