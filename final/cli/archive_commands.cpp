// SPDX-License-Identifier: MIT
#include "cli/archive_commands.hpp"

namespace zoomin::cli {

flags parse_load(const arguments& words) {
  flags options(
      "load",
      {{"--input", 'i', kind::text, "read from an archive file instead of stdin"},
       {"--quiet", 'q', kind::toggle, "don't show progress"}},
      words);
  options.expect_no_rest();
  return options;
}

flags parse_save(const arguments& words) {
  flags options("save",
                {{"--output", 'o', kind::text, "write to a file instead of stdout"}},
                words);
  static_cast<void>(options.rest(1));
  return options;
}

flags parse_export(const arguments& words) {
  flags options("export",
                {{"--output", 'o', kind::text, "write to a file instead of stdout"}},
                words);
  static_cast<void>(options.rest(1, 1));
  return options;
}

flags parse_import(const arguments& words) {
  flags options(
      "import",
      {{"--change", 'c', kind::list, "apply a Dockerfile instruction: CMD [\"sh\"]"},
       {"--message", 'm', kind::text, "set the commit message shown by history"}},
      words);
  static_cast<void>(options.rest(1, 2));
  return options;
}

}  // namespace zoomin::cli
