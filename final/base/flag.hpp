// SPDX-License-Identifier: MIT
// flag: a row in a table of flags: the names of a flag, the type of its value, and its
// help text.
#pragma once

#include <string_view>

namespace zoomin::command_line {

// The type of a flag's value. `number` is a whole number, `size` a size such as 64m,
// `pairs` a list of NAME=VALUE. `optional_value` stands for --flag or --flag=VALUE. An
// `unsupported` flag is known to docker, and refused.
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
