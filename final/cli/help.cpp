// SPDX-License-Identifier: MIT
#include "cli/help.hpp"
#include "cli/command.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <sstream>

namespace zoomin::cli {

namespace {

constexpr std::size_t line_width = 80;
constexpr std::size_t name_width = 12;

struct group {
  std::string_view name, summary;
};
constexpr std::array<group, 6> groups{{{"builder", "manage builds"},
                                       {"container", "manage containers"},
                                       {"image", "manage images"},
                                       {"network", "manage networks"},
                                       {"system", "manage zoomin itself"},
                                       {"volume", "manage volumes"}}};
constexpr std::array<std::string_view, 8> common{"run",    "exec",    "ps",      "logs",
                                                 "images", "inspect", "version", "info"};
constexpr std::array<std::string_view, 2> for_learning{"look", "why"};

// Returns docker's name for the kind of value that a flag takes.
std::string_view value_of(kind takes) {
  switch (takes) {
    case kind::text:
      return " string";
    case kind::number:
      return " int";
    case kind::size:
      return " bytes";
    case kind::list:
    case kind::pairs:
      return " list";
    case kind::optional_value:
      return "[=string]";
    case kind::toggle:
    case kind::unsupported:
      break;
  }
  return "";
}

std::string head_of(const flag& option) {
  const auto letter = option.letter == 0 ? "" : fmt::format("-{},", option.letter);
  return fmt::format("  {:>3} {}{}", letter, option.name, value_of(option.takes));
}

// Breaks `text` between words. Each further line begins below the first one, at `column`.
std::string wrapped(std::string_view text, std::size_t column) {
  std::istringstream words{std::string(text)};
  std::string result, line;
  for (std::string word; words >> word;) {
    if (!line.empty() && column + line.size() + 1 + word.size() > line_width) {
      result += line + "\n" + std::string(column, ' ');
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
  }
  return result + line;
}

std::string options_text(std::vector<flag> known) {
  std::erase_if(known, [](const flag& row) { return row.takes == kind::unsupported; });
  if (known.empty()) return "";
  std::ranges::sort(known, {}, &flag::name);
  std::size_t column = 0;
  for (const auto& option : known) column = std::max(column, head_of(option).size() + 3);
  std::string text = "\nOptions:\n";
  for (const auto& option : known)
    text +=
        fmt::format("{:{}}{}\n", head_of(option), column, wrapped(option.help, column));
  return text;
}

// Returns the command's names for people: "-v" stands for `version` and is left out.
std::vector<std::string> names_to_show(const command& command) {
  std::vector<std::string> names;
  for (const auto name : command.names())
    if (!name.starts_with('-')) names.push_back(fmt::format("zoomin {}", name));
  std::ranges::sort(names);
  return names;
}

std::string row(std::string_view name, std::string_view summary) {
  return fmt::format("  {:{}}{}\n", name, name_width, summary);
}

// Returns the summaries of the commands with a name of one word, by that name. They
// include `images` and `rmi`, whose other names the help of the group shows.
std::map<std::string_view, std::string_view> single_words() {
  std::map<std::string_view, std::string_view> found;
  for (const command* listed : all_commands())
    if (listed->names().front().find(' ') == std::string_view::npos)
      found[listed->names().front()] = listed->help().summary;
  return found;
}

template <std::size_t N>
std::string section(std::string_view heading,
                    std::map<std::string_view, std::string_view>& commands,
                    const std::array<std::string_view, N>& names) {
  std::string text = fmt::format("\n{}:\n", heading);
  for (const auto name : names) {
    const auto found = commands.find(name);
    if (found == commands.end()) continue;
    text += row(found->first, found->second);
    commands.erase(found);
  }
  return text;
}

}  // namespace

std::string usual_name(const std::string& name) {
  const command* const found = find_command({name});
  return std::string(found == nullptr ? name : found->names().front());
}

std::string usage_of(const std::string& name, bool has_flags) {
  const command* const found = find_command({name});
  if (found == nullptr) return fmt::format("zoomin {}", name);
  std::vector<std::string> forms;
  std::istringstream lines{std::string(found->help().arguments)};
  for (std::string line; std::getline(lines, line);)
    forms.push_back(line.empty() ? line : " " + line);
  if (forms.empty()) forms.emplace_back();
  for (auto& form : forms)
    form = fmt::format("zoomin {}{}{}", usual_name(name), has_flags ? " [OPTIONS]" : "",
                       form);
  return fmt::format("{}", fmt::join(forms, "\n        "));
}

std::string help_for_command(const std::string& name, const std::vector<flag>& known) {
  std::string text = fmt::format("Usage:  {}\n", usage_of(name, !known.empty()));
  const command* const found = find_command({name});
  if (found == nullptr) return text + options_text(known);
  text += fmt::format("\n{}\n", found->help().summary);
  const auto names = names_to_show(*found);
  if (names.size() > 1) text += fmt::format("\nAliases:\n  {}\n", fmt::join(names, ", "));
  text += options_text(known);
  const auto& help = found->help();
  if (!help.example.empty()) text += "\nExamples:\n";
  for (const auto line : {help.example, help.second_example})
    if (!line.empty()) text += fmt::format("  {}\n", line);
  return text;
}

std::string help_for_group(const std::string& group_name) {
  const auto* const known = std::ranges::find(groups, group_name, &group::name);
  std::map<std::string_view, std::string_view> rows;
  for (const command* listed : all_commands())
    for (const auto name : listed->names())
      if (name.starts_with(group_name + " ")) {
        rows[name.substr(group_name.size() + 1)] = listed->help().summary;
        break;  // "image ls", not "image list" as well
      }
  std::string text = fmt::format("Usage:  zoomin {} COMMAND\n", group_name);
  if (known != groups.end()) text += fmt::format("\n{}\n", known->summary);
  text += "\nCommands:\n";
  for (const auto& [name, summary] : rows) text += row(name, summary);
  return text + fmt::format("\nRun 'zoomin {} COMMAND --help' for more information.\n",
                            group_name);
}

std::string help_for_all() {
  auto commands = single_words();
  std::string text = "Usage:  zoomin COMMAND\n\nA container runtime without a daemon\n";
  text += section("Common Commands", commands, common);
  text += "\nManagement Commands:\n";
  for (const auto& group : groups) text += row(group.name, group.summary);
  const auto learning = section("To see how it works", commands, for_learning);
  text += "\nCommands:\n";
  for (const auto& [name, summary] : commands) text += row(name, summary);
  return text + learning +
         "\nRun 'zoomin COMMAND --help' for more information on a command, and\n"
         "'zoomin run --explain' to see each request to the kernel.\n";
}

bool is_group(const std::string& word) {
  return std::ranges::find(groups, word, &group::name) != groups.end();
}

}  // namespace zoomin::cli
