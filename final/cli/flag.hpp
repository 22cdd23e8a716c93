// SPDX-License-Identifier: MIT
// flag: a row of a command's table of flags: its names, what it takes, and its help.
#pragma once

#include <string_view>

namespace zoomin::cli {

// Says what a flag takes. `number` is a whole number, `size` a size such as 64m, `pairs`
// a list of NAME=VALUE. `optional_value` is --flag alone or --flag=VALUE.
enum class kind { toggle, text, number, size, list, pairs, optional_value };

struct flag {
  std::string_view name;  // "--memory"
  char letter = 0;        // 'm'
  kind takes = kind::text;
  std::string_view place{};  // in the request: "/HostConfig/Memory"; or empty
  std::string_view help{};

  [[nodiscard]] bool takes_value() const {
    return takes != kind::toggle && takes != kind::optional_value;
  }
};

// These flags belong to several commands.
constexpr flag format_flag{"--format", 0, kind::text, "",
                           "format output: a Go template or json"};
constexpr flag short_format_flag{"--format", 'f', kind::text, "",
                                 "format output: a Go template or json"};
constexpr flag filter_flag{"--filter", 'f', kind::list, "", "filter output by KEY=VALUE"};
constexpr flag quiet_flag{"--quiet", 'q', kind::toggle, "", "only show IDs"};
constexpr flag no_trunc_flag{"--no-trunc", 0, kind::toggle, "", "don't truncate output"};
constexpr flag force_flag{"--force", 'f', kind::toggle, "",
                          "don't prompt for confirmation"};

}  // namespace zoomin::cli
