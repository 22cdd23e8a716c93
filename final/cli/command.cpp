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

command::command(std::initializer_list<std::string_view> names, const manual& how,
                 body runs)
    : names_(names), how_(how), run_(runs), next_(first_command()) {
  first_command() = this;
}

command::command(std::initializer_list<std::string_view> names, const manual& how,
                 body_without_engine runs)
    : names_(names), how_(how), run_(runs), next_(first_command()) {
  first_command() = this;
}

int command::run(engine& engine, const arguments& words) const {
  if (const auto* runs = std::get_if<body>(&run_)) return (*runs)(engine, words);
  return std::get<body_without_engine>(run_)(words);
}

int command::failure_status() const {
  const auto name = names_.front();
  return name == "run" || name == "create" || name == "exec" ? 125 : 1;
}

std::vector<const command*> all_commands() {
  std::vector<const command*> commands;
  for (const command* next = first_command(); next != nullptr; next = next->next_)
    if (!next->how_.does.empty()) commands.push_back(next);
  return commands;
}

const command* find_command(const arguments& words) {
  const std::string name = fmt::format("{}", fmt::join(words, " "));
  for (const command* next = first_command(); next != nullptr; next = next->next_)
    if (std::ranges::find(next->names_, name) != next->names_.end()) return next;
  return nullptr;
}

}  // namespace zoomin::cli
