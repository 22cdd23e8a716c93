// SPDX-License-Identifier: MIT
// filters: the KEY=VALUE filters of lists, and labels, which have the same form.
#pragma once

#include <functional>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.hpp"

namespace zoomin::docker {

// Reports a filter that a list doesn't support (kind `unsupported`), or a filter with an
// invalid value.
class filter_error : public usage_error {
 public:
  using usage_error::usage_error;
};

using label_map = std::map<std::string, std::string>;

// Parses labels, each "NAME=VALUE" or "NAME".
label_map labels_of(const std::vector<std::string>& texts);
// Returns "NAME=VALUE,…", as {{.Labels}} shows labels.
std::string text_of(const label_map& labels);
// Returns true if a label matches `pattern`, "NAME" or "NAME=VALUE".
bool has_label(const label_map& labels, const std::string& pattern);

// Returns true if the extended regular expression matches a part of the name, regex(7),
// as in Docker's name filters. Throws filter_error if it is malformed.
bool matches(const std::string& name, const std::string& pattern);

// Parses "true", "1", "t", "True" and their opposites. Throws filter_error.
bool parse_truth(const std::string& text);

// Holds the filters of a list. As with Docker, an object must match every key, by any of
// the key's values; for labels, by all values.
class filters {
 public:
  using test = std::function<bool(std::string_view key, const std::string& value)>;

  // Throws filter_error for a text that isn't KEY=VALUE, and for a key that isn't in
  // `known`.
  filters(const std::vector<std::string>& texts,
          std::initializer_list<std::string_view> known);

  [[nodiscard]] bool has(std::string_view key) const { return values_.contains(key); }
  [[nodiscard]] std::vector<std::string> values(std::string_view key) const;
  // Throws filter_error if a value of the key isn't one of `words`.
  void require_words(std::string_view key,
                     std::initializer_list<std::string_view> words) const;
  // Throws filter_error if a value of the key is neither true nor false.
  void require_truth(std::string_view key) const;
  // Returns true if an object passes all filters. `matches` tests it against one value of
  // a key.
  [[nodiscard]] bool pass(const test& matches) const;

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

}  // namespace zoomin::docker
