// SPDX-License-Identifier: MIT
// flag: a row of a table of flags: the names of a flag, what it takes, and its help.
#pragma once

#include <string_view>

namespace zoomin::command_line {

// Says what a flag takes. `number` is a whole number, `size` a size such as 64m, `pairs`
// a list of NAME=VALUE. `optional_value` is --flag alone or --flag=VALUE. Docker has an
// `unsupported` flag; zoomin refuses it.
enum class kind { toggle, text, number, size, list, pairs, optional_value, unsupported };

struct flag {
  std::string_view name;  // "--memory"
  char letter = 0;        // 'm'
  kind takes = kind::text;
  std::string_view help{};

  [[nodiscard]] bool takes_value() const {
    return takes != kind::toggle && takes != kind::optional_value;
  }
};

}  // namespace zoomin::command_line
