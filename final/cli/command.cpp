// SPDX-License-Identifier: MIT
#include "cli/command.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace zoomin::cli {

namespace {

const command*& first_command() {
  static const command* first = nullptr;
  return first;
}

}  // namespace

command::command(std::initializer_list<std::string_view> names, const manual& text,
                 body function)
    : names_(names), help_(text), body_(function), next_(first_command()) {
  first_command() = this;
}

command::command(std::initializer_list<std::string_view> names, const manual& text,
                 body_without_engine function)
    : names_(names), help_(text), body_(function), next_(first_command()) {
  first_command() = this;
}

int command::run(engine& engine, const arguments& words) const {
  if (const auto* with_engine = std::get_if<body>(&body_))
    return (*with_engine)(engine, words);
  return std::get<body_without_engine>(body_)(words);
}

int command::failure_status() const {
  const auto name = names_.front();
  return name == "run" || name == "create" || name == "exec" ? 125 : 1;
}

std::vector<const command*> all_commands() {
  std::vector<const command*> commands;
  for (const command* next = first_command(); next != nullptr; next = next->next_)
    if (!next->help_.summary.empty()) commands.push_back(next);
  return commands;
}

const command* find_command(const arguments& words) {
  const std::string name = fmt::format("{}", fmt::join(words, " "));
  for (const command* next = first_command(); next != nullptr; next = next->next_)
    if (std::ranges::find(next->names_, name) != next->names_.end()) return next;
  return nullptr;
}

}  // namespace zoomin::cli
