// SPDX-License-Identifier: MIT
#include "common/chroot.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <optional>
#include <tuple>

#include "common/sys.hpp"

namespace zoomin::chroot {

using namespace sys;

namespace {

// Identifies a directory by its mount, file system and inode: statx(2), STATX_MNT_ID.
using identity = std::tuple<std::uint64_t, unsigned, unsigned, std::uint64_t>;

std::optional<identity> identity_of(const char* path) {
  struct statx info {};
  if (::statx(AT_FDCWD, path, 0, STATX_INO | STATX_MNT_ID, &info) == -1) return {};
  return identity(info.stx_mnt_id, info.stx_dev_major, info.stx_dev_minor, info.stx_ino);
}

// A process that has the root of the machine's first process is in no chroot. Another
// root tells nothing: it may be that of another mount namespace.
bool may_be_in_one() {
  static const bool may_be = [] {
    const auto first = identity_of("/proc/1/root");
    return !first || first != identity_of("/");
  }();
  return may_be;
}

void exchange_roots(int ours) {
  mount({"chroot.private"_id, "our mounts stay ours"}, "", "/", "", MS_REC | MS_PRIVATE);
  const unique_fd tree =
      open_tree({"chroot.copy"_id, "the chroot as a mount"}, ours, "",
                OPEN_TREE_CLONE | static_cast<unsigned>(AT_RECURSIVE | AT_EMPTY_PATH));
  move_mount({"chroot.attach"_id, "in its own place"}, tree.get(), ours, "", "chroot");
  fchdir({"chroot.enter"_id, "into it"}, tree.get(), "chroot");
  pivot_root({"chroot.pivot"_id, "it becomes the namespace's /"}, ".", ".");
  umount({"chroot.detach"_id, "all outside it is gone"}, ".", MNT_DETACH);
}

}  // namespace

void note() { may_be_in_one(); }

void become_root() {
  if (!may_be_in_one()) return;
  const unique_fd here = open(".", O_PATH | O_DIRECTORY);  // its path may be covered
  const unique_fd ours = open("/", O_PATH | O_DIRECTORY);
  const auto before = identity_of("/");
  // To join a mount namespace is to go to its root, be it one's own: setns(2).
  setns({"chroot.leave"_id, "to the root of its mount namespace"},
        pidfd_open(::getpid()).get(), CLONE_NEWNS);
  if (identity_of("/") != before) exchange_roots(ours.get());
  fchdir(quiet, here.get(), "the working directory");
}

}  // namespace zoomin::chroot
