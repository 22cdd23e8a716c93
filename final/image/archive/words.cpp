// SPDX-License-Identifier: MIT
#include "image/archive/words.hpp"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <cctype>

#include "common/error.hpp"

namespace zoomin::image {

namespace {

constexpr std::string_view blanks = " \t\r\n";

bool is_blank(char c) { return blanks.find(c) != std::string_view::npos; }
bool begins_name(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) || c == '_';
}
bool is_in_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
}

// Returns the value without the shortest or longest prefix that matches the pattern.
std::string without_prefix(const std::string& value, const std::string& pattern,
                           bool longest) {
  for (std::size_t i = 0; i <= value.size(); ++i) {
    const std::size_t size = longest ? value.size() - i : i;
    if (matches_pattern(pattern, std::string_view(value).substr(0, size)))
      return value.substr(size);
  }
  return value;
}

std::string without_suffix(const std::string& value, const std::string& pattern,
                           bool longest) {
  for (std::size_t i = 0; i <= value.size(); ++i) {
    const std::size_t begin = longest ? i : value.size() - i;
    if (matches_pattern(pattern, std::string_view(value).substr(begin)))
      return value.substr(0, begin);
  }
  return value;
}

// Returns the size of the longest match that begins at `at`, or 0 if nothing matches.
std::size_t match_at(const std::string& value, std::size_t at,
                     const std::string& pattern) {
  for (std::size_t size = value.size() - at; size > 0; --size)
    if (matches_pattern(pattern, std::string_view(value).substr(at, size))) return size;
  return 0;
}

std::string replaced(const std::string& value, const std::string& pattern,
                     const std::string& by, bool each) {
  std::string result;
  bool done = false;
  for (std::size_t at = 0; at < value.size();) {
    const std::size_t size = done ? 0 : match_at(value, at, pattern);
    if (size == 0) {
      result += value[at++];
      continue;
    }
    result += by;
    at += size;
    done = !each;
  }
  return result;
}

class expander {
 public:
  expander(std::string_view text, const word_rules& rules, bool keeps_quotes)
      : text_(text), rules_(rules), keeps_quotes_(keeps_quotes) {}

  // Expands the text up to the character `end`, outside of quotes. 0 stands for the end
  // of the text.
  std::string expand_until(char end) {
    std::string result;
    while (at_ < text_.size() && (end == 0 || text_[at_] != end)) result += next();
    return result;
  }

  // Expands the whole text.
  std::string expand_all() { return expand_until(0); }

 private:
  std::string next() {
    const char c = text_[at_];
    if (c == '$') return variable();
    if (c == rules_.escape) return escaped();
    if (!keeps_quotes_ && c == '\'') return single_quoted();
    if (!keeps_quotes_ && c == '"') return double_quoted();
    ++at_;
    return {c};
  }

  std::string escaped() {
    ++at_;
    if (at_ == text_.size()) return {rules_.escape};
    const char c = text_[at_++];
    if (keeps_quotes_ && c != '$' && c != rules_.escape) return {rules_.escape, c};
    return {c};
  }

  std::string single_quoted() {
    const auto end = text_.find('\'', ++at_);
    if (end == std::string_view::npos) fail("unterminated quoted string");
    const auto begin = std::exchange(at_, end + 1);
    return std::string(text_.substr(begin, end - begin));
  }

  std::string double_quoted() {
    std::string result;
    for (++at_; at_ < text_.size() && text_[at_] != '"';) {
      const char c = text_[at_];
      const char after = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
      if (c == '$') {
        result += variable();
      } else if (c == rules_.escape &&
                 (after == '"' || after == '$' || after == rules_.escape)) {
        result += after;
        at_ += 2;
      } else {
        result += c;
        ++at_;
      }
    }
    if (at_ == text_.size()) fail("unterminated quoted string");
    ++at_;
    return result;
  }

  std::string name() {
    const auto begin = at_;
    while (at_ < text_.size() && is_in_name(text_[at_])) ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }

  std::string variable() {
    ++at_;
    if (at_ == text_.size()) return "$";
    if (text_[at_] == '{') return in_braces();
    if (begins_name(text_[at_])) return rules_.lookup(name()).value_or("");
    return "$";
  }

  std::string in_braces() {
    ++at_;
    const std::string variable_name = name();
    if (variable_name.empty() || at_ == text_.size()) fail("bad substitution");
    const auto value = rules_.lookup(variable_name);
    if (text_[at_] == '}') {
      ++at_;
      return value.value_or("");
    }
    const std::string result = modified(variable_name, value);
    if (at_ == text_.size()) fail("missing '}'");
    ++at_;
    return result;
  }

  // Applies the modifier that follows the name, up to the closing brace.
  std::string modified(const std::string& variable_name,
                       const std::optional<std::string>& value) {
    const bool colon = text_[at_] == ':';
    if (colon && ++at_ == text_.size()) fail("bad substitution");
    const char kind = text_[at_++];
    const bool is_set = value && !(colon && value->empty());
    if (kind == '-') return value_or_default(is_set, value.value_or(""));
    if (kind == '+') {
      const std::string word = expand_until('}');
      return is_set ? word : "";
    }
    if (kind == '?') {
      const std::string message = expand_until('}');
      if (!is_set)
        fail(fmt::format("{}: {}", variable_name, message.empty() ? "not set" : message));
      return *value;
    }
    if (!colon && (kind == '#' || kind == '%')) return cut(kind, value.value_or(""));
    if (!colon && kind == '/') return substituted(value.value_or(""));
    fail("unsupported modifier");
  }

  std::string value_or_default(bool is_set, const std::string& value) {
    const std::string word = expand_until('}');
    return is_set ? value : word;
  }

  bool skip_second(char kind) {
    if (at_ == text_.size() || text_[at_] != kind) return false;
    ++at_;
    return true;
  }

  std::string cut(char kind, const std::string& value) {
    const bool longest = skip_second(kind);
    const std::string pattern = expand_until('}');
    return kind == '#' ? without_prefix(value, pattern, longest)
                       : without_suffix(value, pattern, longest);
  }

  std::string substituted(const std::string& value) {
    const bool each = skip_second('/');
    const std::string pattern = up_to_slash();
    const std::string by = expand_until('}');
    return replaced(value, pattern, by, each);
  }

  std::string up_to_slash() {
    std::string result;
    while (at_ < text_.size() && text_[at_] != '/' && text_[at_] != '}') result += next();
    if (at_ < text_.size() && text_[at_] == '/') ++at_;
    return result;
  }

  [[noreturn]] void fail(const std::string& why) const {
    throw usage_error(fmt::format("{}: {}", text_, why));
  }

  std::string_view text_;
  const word_rules& rules_;
  bool keeps_quotes_;
  std::size_t at_ = 0;
};

}  // namespace

std::vector<std::string> raw_words(std::string_view text, char escape) {
  std::vector<std::string> words;
  bool inside = false;
  char quote = 0;
  int braces = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (quote == 0 && braces == 0 && is_blank(c)) {
      inside = false;
      continue;
    }
    if (!std::exchange(inside, true)) words.emplace_back();
    words.back() += c;
    if (c == escape && quote != '\'' && at + 1 < text.size()) {
      words.back() += text[++at];
    } else if (quote == 0 && (c == '"' || c == '\'')) {
      quote = c;
    } else if (c == quote) {
      quote = 0;
    } else if (c == '{' && at > 0 && text[at - 1] == '$') {
      ++braces;
    } else if (c == '}' && braces > 0) {
      --braces;
    }
  }
  if (quote != 0) throw usage_error("unterminated quoted string");
  return words;
}

std::string expand(std::string_view word, const word_rules& rules) {
  return expander(word, rules, false).expand_all();
}

std::string expand_text(std::string_view text, const word_rules& rules) {
  return expander(text, rules, true).expand_all();
}

variables lookup_in(std::vector<std::string> environment) {
  return [entries = std::move(environment)](
             const std::string& name) -> std::optional<std::string> {
    const std::string begin = name + "=";
    for (const auto& variable : entries)
      if (variable.starts_with(begin)) return variable.substr(begin.size());
    return std::nullopt;
  };
}

bool matches_pattern(std::string_view pattern, std::string_view text) {
  return ::fnmatch(std::string(pattern).c_str(), std::string(text).c_str(), 0) == 0;
}

}  // namespace zoomin::image
