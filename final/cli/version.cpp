// SPDX-License-Identifier: MIT
#include "cli/version.hpp"

#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/flags.hpp"
#include "cli/text/template.hpp"

namespace zoomin::cli {

namespace {

// Prints the version. Client and server are one program; Docker's scripts ask for either.
int print_version(const arguments& words) {
  const flags options("version", {short_format_flag}, words);
  options.expect_no_rest();
  const json program{{"Version", version_number}};
  print(listed({{{"Client", program}, {"Server", program}}}, {}, options.text("--format"),
               "zoomin {{.Client.Version}}"));
  return 0;
}

const command version({"version", "--version", "-v"},
                      {"show the version", "", "zoomin version",
                       "zoomin version -f '{{.Client.Version}}'"},
                      print_version);

}  // namespace

}  // namespace zoomin::cli
