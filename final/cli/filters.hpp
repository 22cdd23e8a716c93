// SPDX-License-Identifier: MIT
// filters: the flag --filter KEY=VALUE of the listing commands, and labels, which have
// the same form.
#pragma once

#include <functional>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cli/flags.hpp"

namespace zoomin::cli {

using label_map = std::map<std::string, std::string>;

struct pair {
  std::string key, value;  // the value is empty for "KEY" alone
};
// Splits "KEY=VALUE" at the first '='.
pair split(const std::string& text);

// Parses the values of --label, "NAME=VALUE" each.
label_map labels_of(const arguments& texts);
// Returns "NAME=VALUE,…", as {{.Labels}} shows labels.
std::string text_of(const label_map& labels);
// Returns true if a label matches `wanted`: "NAME" or "NAME=VALUE".
bool has_label(const label_map& labels, const std::string& wanted);

// Returns true if the extended regular expression matches a part of the name, regex(7),
// as in Docker's name filters. Throws misuse if it is malformed.
bool matches(const std::string& name, const std::string& pattern);

// Holds the --filter values of a command. As with Docker each key must match, by any of
// its values; for labels, by all values.
class filters {
 public:
  // Throws misuse for a value that is no KEY=VALUE, not_supported for a key that isn't in
  // `known`.
  filters(std::string_view command, const flags& options,
          std::initializer_list<std::string_view> known);

  [[nodiscard]] bool has(std::string_view key) const { return wanted_.contains(key); }
  [[nodiscard]] std::vector<std::string> values(std::string_view key) const;
  // Returns true if an object passes all filters. `meets` tests it against one of them.
  [[nodiscard]] bool pass(
      const std::function<bool(std::string_view key, const std::string& value)>& meets)
      const;

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> wanted_;
};

// Parses "true", "1", "t", "True" and their opposites. Throws misuse.
bool parse_truth(const std::string& text);

}  // namespace zoomin::cli
