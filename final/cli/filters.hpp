// SPDX-License-Identifier: MIT
// filters: what --filter KEY=VALUE leaves of a list, and labels, which are written alike.
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
  std::string key, value;  // of "KEY" alone: no value
};
pair split(const std::string& text);

// --label NAME=value, each.
label_map labels_of(const arguments& typed);
// "NAME=value,…", as {{.Labels}} shows them.
std::string text_of(const label_map& labels);
// `wanted`: "NAME", or "NAME=value".
bool has_label(const label_map& labels, const std::string& wanted);

// Whether the extended regular expression is found in the name, regex(7), as Docker's
// name filters have it; throws misuse where it is none.
bool matches(const std::string& name, const std::string& pattern);

// Docker's rule: each key must be met, by one of its values where it has several; of
// labels by all of them.
class filters {
 public:
  // Throws misuse of what is no pair, not_supported of a key that isn't in `known`.
  filters(std::string_view command, const flags& options,
          std::initializer_list<std::string_view> known);

  [[nodiscard]] bool has(std::string_view key) const { return wanted_.contains(key); }
  [[nodiscard]] std::vector<std::string> values(std::string_view key) const;
  [[nodiscard]] bool pass(
      const std::function<bool(std::string_view key, const std::string& value)>& meets)
      const;

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> wanted_;
};

// "true", "1" and their like; throws misuse.
bool parse_truth(const std::string& text);

}  // namespace zoomin::cli
