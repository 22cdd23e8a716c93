// SPDX-License-Identifier: MIT
#include "cli/build_commands.hpp"

#include <algorithm>
#include <array>

namespace zoomin::cli {

std::vector<container::field> limit_fields() {
  constexpr std::array<std::string_view, 10> names{
      "--cgroup-parent", "--cpu-period", "--cpu-quota",   "--cpu-shares", "--cpuset-cpus",
      "--cpuset-mems",   "--memory",     "--memory-swap", "--shm-size",   "--ulimit"};
  auto fields = container::all_fields();
  std::erase_if(fields, [&](const container::field& field) {
    return std::ranges::find(names, field.name) == names.end();
  });
  return fields;
}

flags parse_build(const arguments& words) {
  using enum kind;
  std::vector<flag> known{
      {"--add-host", 0, list, "add a line to /etc/hosts: NAME:ADDRESS"},
      {"--build-arg", 0, list, "set the value of an ARG"},
      {"--check", 0, toggle, "only check the Dockerfile"},
      {"--explain", 0, optional_value, "show steps' overlays and changes: brief, full"},
      {"--file", 'f', text, "Dockerfile (default PATH/Dockerfile)"},
      {"--force-rm", 0, toggle, "no effect: steps leave no containers"},
      {"--iidfile", 0, text, "write the image ID to a file"},
      {"--label", 0, list, "set a label of the image"},
      {"--network", 0, text, "network of RUN: default, none, host, NAME"},
      {"--no-cache", 0, toggle, "do all steps again"},
      {"--platform", 0, text, "platform of the image: linux/amd64"},
      {"--progress", 0, text, "show progress: auto, plain or quiet"},
      {"--pull", 0, toggle, "fetch the base images again"},
      {"--quiet", 'q', toggle, "only print the image ID"},
      {"--rm", 0, toggle, "no effect: steps leave no containers"},
      {"--secret", 0, list, "secret for RUN: id=ID[,src=FILE|,env=NAME]"},
      {"--tag", 't', list, "name and tag of the image"},
      {"--target", 0, text, "build up to this stage"}};
  for (const auto& field : limit_fields()) known.push_back(field);
  flags options("build", known, words);
  static_cast<void>(options.rest(1, 1));
  return options;
}

flags parse_commit(const arguments& words) {
  using enum kind;
  flags options(
      "commit",
      {{"--author", 'a', text, "author: \"Ann <ann@example.com>\""},
       {"--change", 'c', list, "apply a Dockerfile instruction: CMD [\"sh\"]"},
       {"--message", 'm', text, "set the commit message shown by history"},
       {"--pause", 'p', toggle, "pause the container meanwhile (default true)"}},
      words);
  static_cast<void>(options.rest(1, 2));
  return options;
}

void parse_system_check(const arguments& words) {
  flags("system check", {}, words).expect_no_rest();
}

}  // namespace zoomin::cli
