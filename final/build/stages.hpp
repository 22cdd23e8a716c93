// SPDX-License-Identifier: MIT
// stages: the stages of a Dockerfile, and which of them a build needs. Pure.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "build/dockerfile.hpp"
#include "image/archive/words.hpp"

namespace zoomin::build {

struct stage {
  std::string name;  // in lower case; "" without AS
  std::string base;  // an image, "scratch", or the name of an earlier stage
  std::string platform;
  std::optional<std::size_t> base_stage;
  instruction from;
  std::vector<instruction> steps{};
};

struct build_plan {
  std::vector<stage> stages;
  std::map<std::string, std::string> globals;  // the ARGs before the first FROM
  std::vector<std::string> declared{};         // names of all ARGs
  std::size_t target = 0;
  std::vector<bool> needed{};  // for each stage
  // For each needed stage, the stages from which it takes files, and its base.
  std::vector<std::set<std::size_t>> sources{};
};

// Holds the options that affect the plan.
struct plan_request {
  std::map<std::string, std::string> arguments{};  // --build-arg
  std::string target{};                            // --target
};

// Groups the instructions into stages and finds the stages that the target needs. Throws
// dockerfile_error, usage_error.
build_plan plan(const dockerfile& file, const plan_request& request);

// Finds a stage by its name or number among those before number `before`. Returns nothing
// if there is none.
std::optional<std::size_t> find_stage(const build_plan& plan, const std::string& name,
                                      std::size_t before);

// Returns the predefined platform arguments: TARGETPLATFORM, BUILDARCH ....
const std::map<std::string, std::string>& platform_arguments();
// Returns true for proxy variables such as HTTP_PROXY, which RUN sees without an ARG and
// which don't become part of an image.
bool is_predefined(const std::string& name);

// Parses the words of ARG, each `NAME` or `NAME=default`.
std::vector<std::pair<std::string, std::optional<std::string>>> parse_arguments(
    const instruction& from, const image::word_rules& rules);

// Returns the options of a --mount, such as "type=cache,target=/x", in order. A field in
// quotes may contain commas: `type=cache,"target=/x,y"`. Throws usage_error.
std::vector<std::pair<std::string, std::string>> parse_options(const std::string& text);

}  // namespace zoomin::build
