// SPDX-License-Identifier: MIT
#include "image/archive/config_instructions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <string_view>
#include <utility>

#include "base/duration.hpp"
#include "base/json.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"

namespace zoomin::image {

using nlohmann::json;

namespace {

constexpr std::string_view blanks = " \t";

struct request {
  json& config;
  const std::string& text;
  const word_rules& rules;

  [[nodiscard]] std::string expanded() const { return expand(text, rules); }
};

std::string trimmed(const std::string& text) {
  const auto begin = text.find_first_not_of(blanks);
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
}

json command_of(const request& from) {
  const auto words = json_words(from.text);
  if (words && words->empty()) return nullptr;
  return words ? json(*words) : json(shell_command(from.config, from.text));
}

// Returns the words of a JSON list, or the words between blanks, expanded.
std::vector<std::string> list_of(const request& from) {
  auto words = json_words(from.text);
  if (!words) words = raw_words(from.text, from.rules.escape);
  for (auto& word : *words) word = expand(word, from.rules);
  return *words;
}

// Parses `a=1 b=2`, or the old form of a single pair: `a 1 2`.
std::vector<std::pair<std::string, std::string>> pairs_of(const request& from) {
  const auto words = raw_words(from.text, from.rules.escape);
  const auto name_end = from.text.find_first_of(blanks);
  if (words.front().find('=') == std::string::npos && name_end != std::string::npos)
    return {{words.front(), expand(trimmed(from.text.substr(name_end)), from.rules)}};
  std::vector<std::pair<std::string, std::string>> result;
  for (const auto& word : words) {
    const auto equals = word.find('=');
    if (equals == 0 || equals == std::string::npos)
      throw usage_error(fmt::format("{}: expected NAME=VALUE", sys::quote(word)));
    result.emplace_back(expand(word.substr(0, equals), from.rules),
                        expand(word.substr(equals + 1), from.rules));
  }
  return result;
}

void set_variables(const request& from) {
  json& variables = from.config["Env"];
  for (const auto& [name, value] : pairs_of(from)) {
    const std::string begin = name + "=";
    const auto same =
        std::find_if(variables.begin(), variables.end(), [&begin](const json& variable) {
          return variable.get_ref<const std::string&>().starts_with(begin);
        });
    if (same != variables.end())
      *same = begin + value;
    else
      variables.push_back(begin + value);
  }
}

void set_labels(const request& from) {
  for (const auto& [name, value] : pairs_of(from)) from.config["Labels"][name] = value;
}

// Returns the ports of "80", "80/udp" or "8000-8010/tcp", each with its protocol.
std::vector<std::string> ports_of(const std::string& word) {
  const auto slash = word.find('/');
  const std::string protocol = slash == std::string::npos ? "/tcp" : word.substr(slash);
  const std::string range = word.substr(0, slash);
  const auto dash = range.find('-');
  if (dash == std::string::npos) return {range + protocol};
  unsigned first = 0, last = 0;
  char end = 0;
  if (std::sscanf(range.c_str(), "%5u-%5u%c", &first, &last, &end) != 2 || first > last ||
      last > 65535)
    throw usage_error(fmt::format("{}: expected a port or a range of ports", word));
  std::vector<std::string> ports;
  for (; first <= last; ++first) ports.push_back(std::to_string(first) + protocol);
  return ports;
}

void expose(const request& from) {
  for (const auto& word : list_of(from))
    for (const auto& range : raw_words(word))
      for (const auto& port : ports_of(range))
        from.config["ExposedPorts"][port] = json::object();
}

void add_volumes(const request& from) {
  for (const auto& path : list_of(from)) {
    if (!path.starts_with("/"))
      throw usage_error(fmt::format("{}: expected an absolute path", sys::quote(path)));
    from.config["Volumes"][path] = json::object();
  }
}

void set_working_directory(const request& from) {
  from.config["WorkingDir"] = path_from(from.config, from.expanded());
}

void set_shell(const request& from) {
  const auto words = json_words(from.text);
  if (!words || words->empty())
    throw usage_error("SHELL requires a JSON list",
                      "such as SHELL [\"/bin/sh\", \"-c\"]");
  from.config["Shell"] = *words;
}

void add_trigger(const request& from) {
  const std::string name =
      sys::upper_case(from.text.substr(0, from.text.find_first_of(blanks)));
  if (name == "ONBUILD" || name == "FROM" || name == "MAINTAINER")
    throw usage_error(fmt::format("{} isn't allowed as an ONBUILD trigger", name));
  from.config["OnBuild"].push_back(from.text);
}

// Applies an option of HEALTHCHECK, such as "--interval=30s".
void apply_option(json& check, const std::string& word) {
  static const std::map<std::string, const char*> times{
      {"--interval", "Interval"},
      {"--timeout", "Timeout"},
      {"--start-period", "StartPeriod"},
      {"--start-interval", "StartInterval"}};
  const auto equals = word.find('=');
  const std::string name = word.substr(0, equals);
  const std::string value = equals == std::string::npos ? "" : word.substr(equals + 1);
  if (const auto time = times.find(name); time != times.end()) {
    check[time->second] = base::parse_duration(name, value);
  } else if (name == "--retries" && !value.empty() && value.size() < 6 &&
             value.find_first_not_of("0123456789") == std::string::npos) {
    check["Retries"] = std::stoi(value);
  } else {
    throw usage_error(fmt::format("HEALTHCHECK: unknown or incomplete option {}", word));
  }
}

void set_health_check(const request& from) {
  json check = json::object();
  std::string rest = from.text;
  while (rest.starts_with("--")) {
    const auto end = std::min(rest.find_first_of(blanks), rest.size());
    apply_option(check, expand(rest.substr(0, end), from.rules));
    rest = trimmed(rest.substr(end));
  }
  const auto end = std::min(rest.find_first_of(blanks), rest.size());
  const std::string form = sys::upper_case(rest.substr(0, end));
  rest = trimmed(rest.substr(end));
  if (form == "NONE" && rest.empty() && check.empty()) {
    check["Test"] = {"NONE"};
  } else if (form == "CMD" && !rest.empty()) {
    auto words = json_words(rest);
    if (words) words->insert(words->begin(), "CMD");
    check["Test"] = words ? json(*words) : json{"CMD-SHELL", rest};
  } else {
    throw usage_error("HEALTHCHECK requires NONE, or CMD and a command");
  }
  from.config["Healthcheck"] = check;
}

using instruction = void (*)(const request& from);

const std::map<std::string, instruction>& instructions() {
  static const std::map<std::string, instruction> result{
      {"CMD", [](const request& from) { from.config["Cmd"] = command_of(from); }},
      {"ENTRYPOINT",
       [](const request& from) { from.config["Entrypoint"] = command_of(from); }},
      {"ENV", set_variables},
      {"EXPOSE", expose},
      {"HEALTHCHECK", set_health_check},
      {"LABEL", set_labels},
      {"ONBUILD", add_trigger},
      {"SHELL", set_shell},
      {"STOPSIGNAL",
       [](const request& from) { from.config["StopSignal"] = from.expanded(); }},
      {"USER", [](const request& from) { from.config["User"] = from.expanded(); }},
      {"VOLUME", add_volumes},
      {"WORKDIR", set_working_directory},
  };
  return result;
}

}  // namespace

bool changes_config(const std::string& name) { return instructions().contains(name); }

void change(json& config, const std::string& name, const std::string& text,
            const word_rules& rules) {
  if (text.empty()) throw usage_error(fmt::format("{} requires an argument", name));
  instructions().at(name)({config, text, rules});
}

void change(json& config, const std::string& line) {
  const auto end = std::min(line.find_first_of(blanks), line.size());
  const std::string name = sys::upper_case(line.substr(0, end));
  const std::string text = trimmed(line.substr(end));
  if (!changes_config(name) || text.empty()) {
    std::string names;
    for (const auto& [known, set] : instructions()) names += known + " ";
    names.pop_back();
    throw usage_error("unknown or incomplete instruction", "use one of " + names);
  }
  if (name == "WORKDIR" && !text.starts_with("/") &&
      base::text_in(config, "WorkingDir").empty())
    throw usage_error(fmt::format("{}: expected an absolute path", sys::quote(text)));
  change(config, name, text, {lookup_in(list_in(config, "Env"))});
}

std::optional<std::vector<std::string>> json_words(const std::string& text) {
  if (!text.starts_with("[")) return std::nullopt;
  try {
    return base::parse_json(text, "the list").get<std::vector<std::string>>();
  } catch (const json::exception&) {  // the text is a shell command, or words
    return std::nullopt;
  }
}

std::vector<std::string> list_in(const json& config, const char* key) {
  const auto found = config.find(key);
  if (found == config.end() || !found->is_array()) return {};
  return found->get<std::vector<std::string>>();
}

std::vector<std::string> shell_command(const json& config, const std::string& line) {
  auto words = list_in(config, "Shell");
  if (words.empty()) words = {"/bin/sh", "-c"};
  words.push_back(line);
  return words;
}

std::string path_from(const json& config, const std::string& path) {
  const auto base = base::value(config, "WorkingDir", std::string("/"));
  auto normal = (std::filesystem::path("/" + base) / path).lexically_normal().string();
  while (normal.size() > 1 && normal.ends_with('/')) normal.pop_back();
  return normal;
}

}  // namespace zoomin::image
