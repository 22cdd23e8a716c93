// SPDX-License-Identifier: MIT
// cp_archive: cp where one side is "-": a tar archive on stdout, or from stdin. In both
// directions the files are first in a directory of ours: what a container may change
// meanwhile is only ever copied as files/cp.hpp does it.
#include <fcntl.h>
#include <unistd.h>

#include "cli/cp.hpp"
#include "cli/flags.hpp"
#include "common/sys.hpp"
#include "container/root.hpp"
#include "files/cp.hpp"
#include "image/pack.hpp"
#include "image/staging.hpp"
#include "image/store.hpp"

namespace zoomin::cli {

namespace {

int copy(const arguments& words) {
  const auto asked = parse_cp(words);
  const bool packs = asked.to.is_archive();
  if (packs && ::isatty(STDOUT_FILENO) == 1)
    throw usage_error("cp: stdout is a terminal", "zoomin cp NAME:/PATH - > ARCHIVE");
  image::make_store();
  const image::staging files;
  const unique_fd ours = sys::open(files.directory(), O_RDONLY | O_DIRECTORY);
  const container::root inside(asked.from.container + asked.to.container);
  if (packs) {
    files::cp({inside.get(), absolute(asked.from)}, {ours.get(), "/."}, asked.follow,
              files::owners::kept);
    image::pack(files.directory(), STDOUT_FILENO);
  } else {
    const unique_fd place =
        sys::open_in_root(inside.get(), absolute(asked.to), O_RDONLY | O_DIRECTORY);
    image::unpack(STDIN_FILENO, files.directory());
    files::copy_contents(ours.get(), place.get(), "the archive", asked.whose);
  }
  return 0;
}

const command copies({"cp"}, "copies between a container and an archive", copy);

}  // namespace

}  // namespace zoomin::cli
