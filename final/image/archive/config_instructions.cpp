// SPDX-License-Identifier: MIT
#include "image/archive/config_instructions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"

namespace zoomin::image {

using nlohmann::json;

namespace {

constexpr std::string_view blanks = " \t";

// Splits a text at blanks, except in quotes or after a backslash.
std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> result;
  bool inside = false;
  char quote = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (quote == 0 && blanks.find(c) != std::string_view::npos) {
      inside = false;
      continue;
    }
    if (!inside) result.emplace_back();
    inside = true;
    if (quote == 0 && (c == '"' || c == '\'')) {
      quote = c;
    } else if (c == quote) {
      quote = 0;
    } else if (c == '\\' && quote != '\'' && at + 1 < text.size()) {
      result.back() += text[++at];
    } else {
      result.back() += c;
    }
  }
  if (quote != 0) throw usage_error("unterminated quoted string");
  return result;
}

// Parses a JSON list such as `["sh", "-c"]`; empty if the text is none.
std::vector<std::string> json_words(const std::string& text) {
  if (text.starts_with("[")) try {
      return files::parse_json(text, "the list").get<std::vector<std::string>>();
    } catch (const json::exception&) {  // the text is a shell command, or words
    }
  return {};
}

json command_of(const std::string& text) {
  if (text.starts_with("[]")) return nullptr;
  const auto words = json_words(text);
  return words.empty() ? json{"/bin/sh", "-c", text} : json(words);
}

std::vector<std::string> list_of(const std::string& text) {
  const auto words = json_words(text);
  return words.empty() ? words_of(text) : words;
}

// Parses `a=1 b=2`, or the old form of a single pair: `a 1 2`.
std::vector<std::pair<std::string, std::string>> pairs_of(const std::string& text) {
  const auto words = words_of(text);
  const auto name_end = text.find_first_of(blanks);
  if (words.front().find('=') == std::string::npos && name_end != std::string::npos)
    return {{words.front(), text.substr(text.find_first_not_of(blanks, name_end))}};
  std::vector<std::pair<std::string, std::string>> result;
  for (const auto& word : words) {
    const auto equals = word.find('=');
    if (equals == 0 || equals == std::string::npos)
      throw usage_error(fmt::format("{}: expected NAME=VALUE", sys::quote(word)));
    result.emplace_back(word.substr(0, equals), word.substr(equals + 1));
  }
  return result;
}

void set_variables(json& config, const std::string& text) {
  json& variables = config["Env"];
  for (const auto& [name, value] : pairs_of(text)) {
    const std::string begin = name + "=";
    const auto same =
        std::find_if(variables.begin(), variables.end(), [&](const json& one) {
          return one.get_ref<const std::string&>().starts_with(begin);
        });
    if (same != variables.end())
      *same = begin + value;
    else
      variables.push_back(begin + value);
  }
}

void set_labels(json& config, const std::string& text) {
  for (const auto& [name, value] : pairs_of(text)) config["Labels"][name] = value;
}

void expose(json& config, const std::string& text) {
  for (const auto& port : words_of(text)) {
    const bool has_protocol = port.find('/') != std::string::npos;
    config["ExposedPorts"][has_protocol ? port : port + "/tcp"] = json::object();
  }
}

std::string absolute(const std::string& path) {
  if (!path.starts_with("/"))
    throw usage_error(fmt::format("{}: expected an absolute path", sys::quote(path)));
  return path;
}

void add_volumes(json& config, const std::string& text) {
  for (const auto& path : list_of(text))
    config["Volumes"][absolute(path)] = json::object();
}

using instruction = void (*)(json& config, const std::string& text);

const std::map<std::string, instruction>& instructions() {
  static const std::map<std::string, instruction> result{
      {"CMD", [](json& to, const std::string& text) { to["Cmd"] = command_of(text); }},
      {"ENTRYPOINT",
       [](json& to, const std::string& text) { to["Entrypoint"] = command_of(text); }},
      {"ENV", set_variables},
      {"EXPOSE", expose},
      {"LABEL", set_labels},
      {"STOPSIGNAL", [](json& to, const std::string& text) { to["StopSignal"] = text; }},
      {"USER", [](json& to, const std::string& text) { to["User"] = text; }},
      {"VOLUME", add_volumes},
      {"WORKDIR",
       [](json& to, const std::string& text) { to["WorkingDir"] = absolute(text); }},
  };
  return result;
}

}  // namespace

void change(json& config, const std::string& line) {
  const auto end = line.find_first_of(blanks);
  const std::string name = sys::upper_case(line.substr(0, end));
  const auto begin = line.find_first_not_of(blanks, end);
  const auto found = instructions().find(name);
  if (found == instructions().end() || begin == std::string::npos) {
    std::string names;
    for (const auto& [known, set] : instructions()) names += known + " ";
    names.pop_back();
    throw usage_error("unknown or incomplete instruction", "use one of " + names);
  }
  found->second(config, line.substr(begin, line.find_last_not_of(blanks) + 1 - begin));
}

}  // namespace zoomin::image
