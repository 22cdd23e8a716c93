// SPDX-License-Identifier: MIT
// why: the command why, which finds the cause of a container's trouble.
#include "docker/why.hpp"

#include <fmt/format.h>

#include "base/printable.hpp"
#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/show.hpp"

namespace zoomin::cli {

namespace {

void print_finding(const docker::finding& found) {
  print(fmt::format("{}: {}\n  evidence:    {}\n", found.layer, found.verdict,
                    base::printable(in_flags(found.evidence))));
  if (!found.command.empty()) print(fmt::format("  look closer: {}\n", found.command));
}

int why(const arguments& words) {
  const flags options("why", {format_flag}, words);
  const std::string name = options.rest(1, 1)[0];
  const auto [findings, remarks] = docker::why(name);
  if (options.has("--format")) {
    print_list(options, docker::finding_listing(findings),
               {"Layer", "Verdict", "Evidence"});
    return 0;
  }
  for (const auto& found : findings) print_finding(found);
  if (findings.empty())
    print(
        fmt::format("no cause found in its namespaces, its cgroup or its files\n"
                    "  look closer: zoomin logs {}\n",
                    name));
  for (const auto& remark : remarks) print(fmt::format("remark: {}\n", remark));
  return 0;
}

const command why_command({"why"},
                          {"find the layer that causes a container's trouble",
                           "CONTAINER", "zoomin why web", "zoomin why --format json web"},
                          why);

}  // namespace

}  // namespace zoomin::cli
