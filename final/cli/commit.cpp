// SPDX-License-Identifier: MIT
#include "build/commit.hpp"

#include "build/stage_state.hpp"
#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/shared_commands.hpp"
#include "cli/source_date_epoch.hpp"

namespace zoomin::cli {

namespace {

int commit_container(const arguments& words) {
  const flags options = parse_commit(words);
  const auto& rest = options.rest();
  print(build::commit({.container = rest[0],
                       .name = rest.size() > 1 ? rest[1] : "",
                       .changes = options.list("--change"),
                       .author = options.text("--author"),
                       .message = options.text("--message"),
                       .pauses = !options.has("--pause") || options.on("--pause"),
                       .epoch = source_date_epoch()}) +
        "\n");
  return 0;
}

const command commit_command({"commit"}, commit_manual, commit_container);

}  // namespace

}  // namespace zoomin::cli
