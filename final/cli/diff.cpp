// SPDX-License-Identifier: MIT
#include "05-overlay/changes.hpp"

#include <fmt/format.h>

#include "base/printable.hpp"
#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/flags.hpp"
#include "container/lifecycle.hpp"

namespace zoomin::cli {

namespace {

int diff(const arguments& words) {
  const flags options("diff", {}, words);
  std::string text;
  for (const auto& [kind, path] : container::changes(options.rest(1, 1)[0]))
    text += fmt::format("{} {}\n", kind, printable(path));
  print(text);
  return 0;
}

const command diff_command({"diff", "container diff"},
                           {"list changed files: A added, C changed, D deleted",
                            "CONTAINER", "zoomin diff web", "zoomin container diff web"},
                           diff);

}  // namespace

}  // namespace zoomin::cli
