// SPDX-License-Identifier: MIT
#include "build/ignore.hpp"

#include <algorithm>
#include <span>

namespace zoomin::build {

namespace {

// Matches a class such as [a-z] at the beginning of `pattern`, and removes it.
bool take_class(std::string_view& pattern, char c) {
  pattern.remove_prefix(1);
  const bool negated = !pattern.empty() && (pattern[0] == '^' || pattern[0] == '!');
  if (negated) pattern.remove_prefix(1);
  bool found = false;
  for (bool first = true; !pattern.empty() && (first || pattern[0] != ']');
       first = false) {
    const auto take = [&] {
      if (pattern[0] == '\\' && pattern.size() > 1) pattern.remove_prefix(1);
      const char taken = pattern[0];
      pattern.remove_prefix(1);
      return taken;
    };
    const char low = take();
    char high = low;
    if (pattern.size() > 1 && pattern[0] == '-' && pattern[1] != ']') {
      pattern.remove_prefix(1);
      high = take();
    }
    found = found || (low <= c && c <= high);
  }
  if (!pattern.empty()) pattern.remove_prefix(1);
  return found != negated;
}

using parts = std::span<const std::string>;

// Matches the parts of a path against those of a pattern. "**" matches any number of
// parts.
bool matches_parts(parts pattern, parts path) {
  if (pattern.empty()) return path.empty();
  if (pattern[0] == "**") {
    for (std::size_t skip = 0; skip <= path.size(); ++skip)
      if (matches_parts(pattern.subspan(1), path.subspan(skip))) return true;
    return false;
  }
  return !path.empty() && matches_name(pattern[0], path[0]) &&
         matches_parts(pattern.subspan(1), path.subspan(1));
}

// Returns true if the pattern matches the path or one of its parents.
bool matches_or_parent(parts pattern, parts path) {
  for (std::size_t size = path.size(); size > 0; --size)
    if (matches_parts(pattern, path.first(size))) return true;
  return false;
}

}  // namespace

bool matches_name(std::string_view pattern, std::string_view name) {
  while (!pattern.empty()) {
    if (pattern[0] == '*') {
      while (!pattern.empty() && pattern[0] == '*') pattern.remove_prefix(1);
      for (std::size_t skip = 0; skip <= name.size(); ++skip)
        if (matches_name(pattern, name.substr(skip))) return true;
      return false;
    }
    if (name.empty()) return false;
    if (pattern[0] == '[') {
      if (!take_class(pattern, name[0])) return false;
    } else {
      if (pattern[0] == '\\' && pattern.size() > 1)
        pattern.remove_prefix(1);
      else if (pattern[0] == '?') {
        pattern.remove_prefix(1);
        name.remove_prefix(1);
        continue;
      }
      if (pattern[0] != name[0]) return false;
      pattern.remove_prefix(1);
    }
    name.remove_prefix(1);
  }
  return name.empty();
}

std::vector<std::string> path_parts(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    const auto end = std::min(path.find('/'), path.size());
    const auto part = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    if (part == "..") {
      if (!parts.empty()) parts.pop_back();
    } else if (!part.empty() && part != ".") {
      parts.emplace_back(part);
    }
  }
  return parts;
}

ignore_rules::ignore_rules(std::string_view text) {
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    if (!text.starts_with('#')) add(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

ignore_rules::ignore_rules(const std::vector<std::string>& patterns) {
  for (const auto& pattern : patterns) add(pattern);
}

void ignore_rules::add(std::string_view line) {
  constexpr std::string_view blanks = " \t\r";
  const auto trim = [&] {
    line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
    line = line.substr(0, line.find_last_not_of(blanks) + 1);
  };
  trim();
  const bool exception = line.starts_with('!');
  if (exception) {
    line.remove_prefix(1);
    trim();
  }
  auto parts = path_parts(line);
  if (parts.empty()) return;  // "/" and "." exclude nothing
  exceptions_ = exceptions_ || exception;
  rules_.push_back({std::move(parts), exception});
}

bool ignore_rules::excludes(std::string_view path) const {
  if (rules_.empty()) return false;
  const auto parts = path_parts(path);
  bool excluded = false;
  for (const auto& each : rules_)
    if (excluded == each.exception && matches_or_parent(each.parts, parts))
      excluded = !each.exception;
  return excluded;
}

}  // namespace zoomin::build
