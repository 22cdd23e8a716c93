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
  struct statx status {};
  if (::statx(AT_FDCWD, path, 0, STATX_INO | STATX_MNT_ID, &status) == -1) return {};
  return identity(status.stx_mnt_id, status.stx_dev_major, status.stx_dev_minor,
                  status.stx_ino);
}

// A process that has the root of the machine's first process is in no chroot. A different
// root proves nothing: it may belong to another mount namespace.
bool may_be_in_chroot() {
  static const bool may_be = [] {
    const auto first = identity_of("/proc/1/root");
    return !first || first != identity_of("/");
  }();
  return may_be;
}

void make_namespace_root(int chroot_directory) {
  mount({"chroot.private"_id, "mounts don't propagate to the host"}, "", "/", "",
        MS_REC | MS_PRIVATE);
  const unique_fd tree = open_tree(
      {"chroot.copy"_id, "a copy of the chroot, as a mount"}, chroot_directory, "",
      OPEN_TREE_CLONE | static_cast<unsigned>(AT_RECURSIVE | AT_EMPTY_PATH));
  move_mount({"chroot.attach"_id, "attach it over the chroot"}, tree.get(),
             chroot_directory, "", "chroot");
  fchdir({"chroot.enter"_id, "enter it"}, tree.get(), "chroot");
  pivot_root({"chroot.pivot"_id, "it becomes the namespace's /"}, ".", ".");
  umount({"chroot.detach"_id, "detach everything outside it"}, ".", MNT_DETACH);
}

}  // namespace

void note() { may_be_in_chroot(); }

void become_root() {
  if (!may_be_in_chroot()) return;
  const unique_fd here = open(".", O_PATH | O_DIRECTORY);  // a mount may cover its path
  const unique_fd old_root = open("/", O_PATH | O_DIRECTORY);
  const auto before = identity_of("/");
  // setns(2) moves to the root of the mount namespace, even if it is the caller's own.
  setns({"chroot.leave"_id, "to the root of its mount namespace"},
        pidfd_open(::getpid()).get(), CLONE_NEWNS);
  if (identity_of("/") != before) make_namespace_root(old_root.get());
  fchdir(quiet, here.get(), "the working directory");
}

}  // namespace zoomin::chroot
