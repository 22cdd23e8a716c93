// SPDX-License-Identifier: MIT
#include "cli/cp.hpp"

#include <fcntl.h>

#include "cli/archive_program.hpp"
#include "common/sys.hpp"
#include "container/root.hpp"
#include "files/cp.hpp"

namespace zoomin::cli {

namespace {

int cp(const arguments& words) {
  const auto asked = parse_cp(words);
  if (asked.from.is_archive() || asked.to.is_archive())
    become_archive_program("cp", words);
  const container::root inside(asked.from.container + asked.to.container);
  const unique_fd host = sys::open("/", O_PATH | O_DIRECTORY);
  const auto root_of = [&](const named& one) {
    return one.container.empty() ? host.get() : inside.get();
  };
  files::cp({root_of(asked.from), absolute(asked.from)},
            {root_of(asked.to), absolute(asked.to)}, asked.follow, asked.whose);
  return 0;
}

const command cp_command({"cp", "container cp"},
                         "copies between a container and the host", cp);

}  // namespace

}  // namespace zoomin::cli
