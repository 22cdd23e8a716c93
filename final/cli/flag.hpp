// SPDX-License-Identifier: MIT
// flag: the flags that several commands share.
#pragma once

#include "base/flag.hpp"

namespace zoomin::cli {

using command_line::flag;
using command_line::kind;

constexpr flag format_flag{"--format", 0, kind::text,
                           "format output: a Go template or json"};
constexpr flag short_format_flag{"--format", 'f', kind::text,
                                 "format output: a Go template or json"};
constexpr flag filter_flag{"--filter", 'f', kind::list, "filter output by KEY=VALUE"};
constexpr flag quiet_flag{"--quiet", 'q', kind::toggle, "only show IDs"};
constexpr flag no_trunc_flag{"--no-trunc", 0, kind::toggle, "don't truncate output"};
constexpr flag force_flag{"--force", 'f', kind::toggle, "don't prompt for confirmation"};

}  // namespace zoomin::cli
