// SPDX-License-Identifier: MIT
// instructions: the table of Dockerfile instructions, with the flags and the kind of
// each. Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace zoomin::build {

// `base` begins a stage, `argument` declares a variable, `author` and `config` change
// only the configuration of the image, and the others change files.
enum class step_kind { base, argument, author, config, directory, copy, run };

struct instruction_rule {
  std::string_view name;
  step_kind kind;
  std::vector<std::string_view> flags{};  // "from"
  bool heredocs = false;
};

// Returns the rule of an instruction, which must be known.
const instruction_rule& rule_for(const std::string& name);
[[nodiscard]] bool takes_flags(const std::string& name);
[[nodiscard]] bool takes_heredocs(const std::string& name);

// Throws usage_error if there is no such instruction, with the most similar one as a
// hint.
void require_known(const std::string& name, const std::string& as_written);
// Returns the value of a flag of an instruction, such as "--from=build". The value of a
// toggle, such as "--link", becomes "true" or "false". Throws usage_error for an unknown
// flag, and for a missing or invalid value.
std::pair<std::string, std::string> parse_flag(const std::string& instruction,
                                               const std::string& word);

}  // namespace zoomin::build
