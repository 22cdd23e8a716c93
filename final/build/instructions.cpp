// SPDX-License-Identifier: MIT
#include "build/instructions.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "base/nearest.hpp"
#include "base/option_text.hpp"
#include "common/error.hpp"

namespace zoomin::build {

namespace {

using enum step_kind;

const std::vector<instruction_rule>& table() {
  static const std::vector<instruction_rule> rules{
      {"ADD",
       copy,
       {"checksum", "chmod", "chown", "exclude", "keep-git-dir", "link", "unpack"},
       true},
      {"ARG", argument},
      {"CMD", config},
      {"COPY", copy, {"chmod", "chown", "exclude", "from", "link", "parents"}, true},
      {"ENTRYPOINT", config},
      {"ENV", config},
      {"EXPOSE", config},
      {"FROM", base, {"platform"}},
      {"HEALTHCHECK", config},
      {"LABEL", config},
      {"MAINTAINER", author},
      {"ONBUILD", config},
      {"RUN", run, {"mount", "network", "security"}, true},
      {"SHELL", config},
      {"STOPSIGNAL", config},
      {"USER", config},
      {"VOLUME", config},
      {"WORKDIR", directory},
  };
  return rules;
}

constexpr std::array<std::string_view, 4> toggle_flags{"keep-git-dir", "link", "parents",
                                                       "unpack"};

void require_flag(const std::string& instruction, const std::string& flag) {
  const auto& flags = rule_for(instruction).flags;
  if (std::ranges::find(flags, flag) != flags.end()) return;
  throw usage_error(fmt::format("{}: unknown flag: --{}", instruction, flag),
                    fmt::format("it has --{}", fmt::join(flags, ", --")));
}

}  // namespace

const instruction_rule& rule_for(const std::string& name) {
  return *std::ranges::find(table(), name, &instruction_rule::name);
}

bool takes_flags(const std::string& name) { return !rule_for(name).flags.empty(); }

bool takes_heredocs(const std::string& name) { return rule_for(name).heredocs; }

void require_known(const std::string& name, const std::string& as_written) {
  if (std::ranges::find(table(), name, &instruction_rule::name) != table().end()) return;
  std::vector<std::string> names;
  for (const auto& rule : table()) names.emplace_back(rule.name);
  const auto close = base::nearest(name, names);
  throw usage_error(fmt::format("unknown instruction: {}", as_written),
                    close.empty()
                        ? fmt::format("expected one of {}", fmt::join(names, " "))
                        : fmt::format("did you mean {}?", close));
}

std::pair<std::string, std::string> parse_flag(const std::string& instruction,
                                               const std::string& word) {
  const auto equals = word.find('=');
  const std::string name =
      word.substr(2, equals == std::string::npos ? equals : equals - 2);
  require_flag(instruction, name);
  const bool toggles = std::ranges::find(toggle_flags, name) != toggle_flags.end();
  if (equals == std::string::npos) {
    if (toggles) return {name, "true"};
    throw usage_error(
        fmt::format("{}: missing a value on flag: --{}", instruction, name));
  }
  std::string value = word.substr(equals + 1);
  if (name == "mount") base::csv_fields(value);  // so that its mistakes have a line
  if (!toggles) return {name, std::move(value)};
  const auto parsed = base::parse_bool(value);
  if (!parsed)
    throw usage_error(
        fmt::format("{}: --{}={}: expected true or false", instruction, name, value));
  return {name, *parsed ? "true" : "false"};
}

}  // namespace zoomin::build
