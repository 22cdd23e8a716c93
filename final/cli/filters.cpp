// SPDX-License-Identifier: MIT
#include "cli/filters.hpp"

#include <fmt/format.h>
#include <regex.h>

#include <algorithm>

#include "common/error.hpp"

namespace zoomin::cli {

pair split(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos) return {text, ""};
  return {text.substr(0, equals), text.substr(equals + 1)};
}

label_map labels_of(const arguments& texts) {
  label_map labels;
  for (const auto& text : texts) {
    auto [key, value] = split(text);
    labels[std::move(key)] = std::move(value);
  }
  return labels;
}

std::string text_of(const label_map& labels) {
  std::string text;
  for (const auto& [name, value] : labels)
    text += fmt::format("{}{}={}", text.empty() ? "" : ",", name, value);
  return text;
}

bool has_label(const label_map& labels, const std::string& wanted) {
  const auto [key, value] = split(wanted);
  const auto found = labels.find(key);
  return found != labels.end() && (key == wanted || found->second == value);
}

bool matches(const std::string& name, const std::string& pattern) {
  regex_t expression{};
  if (::regcomp(&expression, pattern.c_str(), REG_EXTENDED | REG_NOSUB) != 0)
    throw misuse(fmt::format("--filter name={}: not a regular expression", pattern));
  const bool found = ::regexec(&expression, name.c_str(), 0, nullptr, 0) == 0;
  ::regfree(&expression);
  return found;
}

filters::filters(std::string_view command, const flags& options,
                 std::initializer_list<std::string_view> known) {
  for (const auto& text : options.list("--filter")) {
    auto [key, value] = split(text);
    if (key == text) throw misuse(fmt::format("--filter {}: expected KEY=VALUE", text));
    if (std::ranges::find(known, key) == known.end())
      throw not_supported(fmt::format("{} --filter {}", command, key));
    wanted_[key].push_back(std::move(value));
  }
}

std::vector<std::string> filters::values(std::string_view key) const {
  const auto found = wanted_.find(key);
  return found == wanted_.end() ? std::vector<std::string>() : found->second;
}

bool filters::pass(
    const std::function<bool(std::string_view, const std::string&)>& meets) const {
  return std::ranges::all_of(wanted_, [&](const auto& filter) {
    const auto met = [&](const std::string& value) { return meets(filter.first, value); };
    return filter.first == "label" ? std::ranges::all_of(filter.second, met)
                                   : std::ranges::any_of(filter.second, met);
  });
}

bool parse_truth(const std::string& text) {
  if (text == "true" || text == "1" || text == "t" || text == "True") return true;
  if (text == "false" || text == "0" || text == "f" || text == "False") return false;
  throw misuse(fmt::format("\"{}\": expected true or false", text));
}

}  // namespace zoomin::cli
