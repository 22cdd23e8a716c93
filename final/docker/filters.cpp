// SPDX-License-Identifier: MIT
#include "docker/filters.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <regex.h>

#include <algorithm>

#include "common/text.hpp"

namespace zoomin::docker {

label_map labels_of(const std::vector<std::string>& texts) {
  label_map labels;
  for (const auto& text : texts) {
    auto [key, value] = text::cut(text, '=');
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

bool has_label(const label_map& labels, const std::string& pattern) {
  const auto [key, value] = text::cut(pattern, '=');
  const auto found = labels.find(key);
  return found != labels.end() && (key == pattern || found->second == value);
}

bool matches(const std::string& name, const std::string& pattern) {
  regex_t expression{};
  if (::regcomp(&expression, pattern.c_str(), REG_EXTENDED | REG_NOSUB) != 0)
    throw filter_error(
        fmt::format("--filter name={}: not a regular expression", pattern));
  const bool found = ::regexec(&expression, name.c_str(), 0, nullptr, 0) == 0;
  ::regfree(&expression);
  return found;
}

bool parse_truth(const std::string& text) {
  if (text == "true" || text == "1" || text == "t" || text == "True") return true;
  if (text == "false" || text == "0" || text == "f" || text == "False") return false;
  throw filter_error(fmt::format("\"{}\": expected true or false", text));
}

filters::filters(const std::vector<std::string>& texts,
                 std::initializer_list<std::string_view> known) {
  for (const auto& text : texts) {
    auto [key, value] = text::cut(text, '=');
    if (key == text)
      throw filter_error(fmt::format("--filter {}: expected KEY=VALUE", text));
    if (std::ranges::find(known, key) == known.end())
      throw filter_error(failure_kind::unsupported,
                         fmt::format("--filter {}: not supported", key));
    values_[key].push_back(std::move(value));
  }
}

std::vector<std::string> filters::values(std::string_view key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? std::vector<std::string>() : found->second;
}

void filters::require_words(std::string_view key,
                            std::initializer_list<std::string_view> words) const {
  for (const auto& value : values(key))
    if (std::ranges::find(words, value) == words.end())
      throw filter_error(fmt::format("--filter {}={}: expected one of {}", key, value,
                                     fmt::join(words, ", ")));
}

void filters::require_truth(std::string_view key) const {
  for (const auto& value : values(key)) parse_truth(value);
}

bool filters::pass(const test& matches) const {
  return std::ranges::all_of(values_, [&](const auto& filter) {
    const auto& [key, values] = filter;
    const auto matches_value = [&, &filter_key = key](const std::string& value) {
      return matches(filter_key, value);
    };
    return key == "label" ? std::ranges::all_of(values, matches_value)
                          : std::ranges::any_of(values, matches_value);
  });
}

}  // namespace zoomin::docker
