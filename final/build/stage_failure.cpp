// SPDX-License-Identifier: MIT
#include "build/stage_failure.hpp"

#include "base/json.hpp"
#include "build/dockerfile.hpp"
#include "container/failure_line.hpp"

namespace zoomin::build {

using nlohmann::json;

std::string stage_failure(const std::exception& failure) {
  const auto* of_line = dynamic_cast<const dockerfile_error*>(&failure);
  if (of_line == nullptr)
    return container::failure_line(failure, container::version_with_kinds);
  return base::json_text(json{{"what", of_line->what()},
                              {"excerpt", of_line->excerpt()},
                              {"hint", of_line->hint()}});
}

void throw_stage_failure(const std::string& text) {
  const auto parts = base::parse_own<json>(text, "a stage's failure");
  if (!parts.contains("excerpt")) container::throw_failure(text);
  throw dockerfile_error(parts.at("what"), parts.at("excerpt"), parts.at("hint"));
}

}  // namespace zoomin::build
