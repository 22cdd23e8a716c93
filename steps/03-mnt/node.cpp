// SPDX-License-Identifier: MIT
#include "03-mnt/node.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include "03-mnt/target.hpp"
#include "common/error.hpp"
#include "common/fd.hpp"
#include "common/sys.hpp"

namespace zoomin::mnt {

using namespace sys;

void make_node(int directory, const node& node) {
  if (!leads_down(node.name))
    throw usage_error(
        fmt::format("/dev/{}: expected a path below /dev without . and ..", node.name));
  unique_fd held;
  std::size_t begin = 0;
  for (auto slash = node.name.find('/'); slash != std::string::npos;
       slash = node.name.find('/', begin)) {
    const std::string part = node.name.substr(begin, slash - begin);
    make_directory_at(quiet, directory, part, "/dev");
    held = open_in_root(directory, part, O_PATH | O_DIRECTORY | O_NOFOLLOW);
    directory = held.get();
    begin = slash + 1;
  }
  const std::string name = node.name.substr(begin);
  if (S_ISDIR(node.mode)) {
    make_directory_at({"mountpoint"_id, "a mount point", name}, directory, name, "/dev",
                      node.mode & 07777U);
    return;
  }
  if (!node.link.empty()) return symlink_at(quiet, node.link, directory, name);
  mknod_at({node.id, "a device of its own", node.name}, directory, name, node.mode,
           node.device);
}

}  // namespace zoomin::mnt
