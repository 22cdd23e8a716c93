// SPDX-License-Identifier: MIT
// mnt: gives a process its own file system: a new root, with /proc, /sys and /dev.
//
// Kernel mechanism: mount_namespaces(7), mount(2), pivot_root(2), openat2(2),
// mount_setattr(2). All of it runs in the container, in a new mount namespace, and in
// this order:
//   make_private()   must be first, or each mount would show up on the host as well; if
//                    the process is in a chroot, it also makes this the root of the
//                    namespace (common/chroot.hpp)
//   bind_root(dir)   makes the directory a mount, which pivot_root requires (step 5
//                    mounts an overlay instead)
//   enter_root()     makes the mounts in the new root while the host's files can still be
//                    named, then exchanges the roots and detaches the old one
// Nothing has to be undone: the mounts end with their namespace.
//
// Each target is resolved with the new root as its root, so that a symbolic link in it
// can't lead a mount outside. It is mounted on by descriptor, so that nobody can replace
// it meanwhile.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "03-mnt/node.hpp"
#include "common/fd.hpp"
#include "common/narration.hpp"

namespace zoomin::mnt {

// An entry of the container's mount table.
struct mount_entry {
  const narration::name* id = nullptr;
  std::string words{};    // for the narration: "its own processes"
  std::string subject{};  // for the narration; by default the target
  std::string type{};     // "bind", "file", or a file system: "proc", "tmpfs", …
  std::string source{};   // the host's file or directory, for a bind
  std::string target{};   // the path in the container: "/proc"
  // MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC; for a bind also MS_REC.
  unsigned long flags = 0;
  std::string data{};  // the options of the file system; the content of a "file"
  std::vector<node> nodes{};
  unsigned long propagation = 0;      // of a bind: MS_SLAVE or MS_SHARED; 0: private
  std::shared_ptr<unique_fd> copy{};  // of such a bind, made before make_private()
};

// Returns a detached copy of the host's mount tree that a bind names, open_tree(2).
unique_fd copy_of(const mount_entry& bound);

// Ends the propagation of mounts between this namespace and all others. Needs
// CAP_SYS_ADMIN, like copy_of(), bind_root() and enter_root(). Throws sys::error.
void make_private();

// Throws usage_error unless `directory` is a directory, and not the host's own root. Call
// it on the host.
void validate_root(const std::string& directory);

// Makes a directory a mount of its own, without the mounts below it. Returns its path.
std::string bind_root(const std::string& directory);

// Makes the mounts, in order, in the mount `root`, and makes it this process's root and
// current directory. The host's files are then out of reach. Missing mount points are
// created, as empty directories and files; nothing else is ever written to the root.
// `read_only` applies to the root itself; the mounts have their own flags.
void enter_root(const std::string& root, const std::vector<mount_entry>& mounts,
                bool read_only = false);

}  // namespace zoomin::mnt
