// SPDX-License-Identifier: MIT
#include "cli/cp.hpp"

#include <fcntl.h>

#include "base/cp.hpp"
#include "cli/command.hpp"
#include "cli/programs.hpp"
#include "cli/progress.hpp"
#include "common/sys.hpp"
#include "engine.hpp"

namespace zoomin::cli {

namespace {

int cp(engine& engine, const arguments& words) {
  const auto arguments = parse_cp(words);
  if (arguments.from.is_archive() || arguments.to.is_archive())
    become_program(image_program, "cp", words);
  const auto inside = engine.root_of(arguments.from.container + arguments.to.container);
  const unique_fd host = sys::open("/", O_PATH | O_DIRECTORY);
  const auto root_of = [&](const cp_side& side) {
    return side.container.empty() ? host.get() : inside.get();
  };
  const auto side_of = [&](const cp_side& side) {
    return base::side{root_of(side), absolute(side), side.container};
  };
  progress display("Copying", arguments.quiet);
  explain_read_only(arguments.to, inside.get(), [&] {
    base::cp(side_of(arguments.from), side_of(arguments.to), arguments.follow,
             arguments.owners);
  });
  display.succeeded("copied", text_of(arguments.to));
  return 0;
}

const command cp_command(
    {"cp", "container cp"},
    {"copy files between a container and the host",
     "CONTAINER:SRC_PATH DEST_PATH|-\nSRC_PATH|- CONTAINER:DEST_PATH",
     "zoomin cp web:/etc/hosts .", "zoomin cp -a config/. web:/etc/web"},
    cp);

}  // namespace

}  // namespace zoomin::cli
