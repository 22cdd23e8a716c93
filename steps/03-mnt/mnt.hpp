// SPDX-License-Identifier: MIT
// mnt: a process gets a file system of its own: a new root, with /proc, /sys and /dev.
//
// Kernel mechanism: mount_namespaces(7), mount(2), pivot_root(2), openat2(2),
// mount_setattr(2). All of it runs inside, in a new MNT namespace, and in this order:
//   make_private()   first, or each mount below would show up on the host as well; in a
//                    chroot it also makes that the root of the namespace (common/chroot)
//   bind_root(dir)   pivot_root wants a mount: the directory becomes one (step 5 mounts
//   an
//                    overlay instead)
//   enter_root()     the list of mounts, made inside the new root while the host's files
//                    can still be named; then the roots change places, and the old one
//                    goes
// Nothing undoes any of it: mounts die with their namespace.
//
// Each target is resolved with the new root as its root, so that a symbolic link in it
// can't lead a mount outside, and mounted on through a descriptor, so that it can't be
// swapped meanwhile.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "common/fd.hpp"
#include "common/narration.hpp"

namespace zoomin::mnt {

// Something made in a fresh tmpfs: a device node, or a symbolic link.
struct node {
  const narration::name* id = nullptr;  // of devices; links are made quietly
  std::string name{};                   // "null"; also "net/tun"
  dev_t device{};
  mode_t mode = 0020666;  // S_IFCHR, S_IFBLK and permissions, mknod(2)
  std::string link{};     // where it points; empty for a device
};

// One mount of a list.
struct mount_entry {
  const narration::name* id = nullptr;
  std::string words{};   // for the narration: "/proc: its own processes"
  std::string type{};    // "bind", "file", or a file system: "proc", "tmpfs", …
  std::string source{};  // of a bind: the host's file or directory
  std::string target{};  // as the container sees it: "/proc"
  unsigned long flags =
      0;               // MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC; a bind: MS_REC too
  std::string data{};  // the file system's own options; the content of a "file"
  std::vector<node> nodes{};
  unsigned long propagation = 0;      // of a bind: MS_SLAVE or MS_SHARED; 0: private
  std::shared_ptr<unique_fd> copy{};  // of such a bind, by copy_shared()
};

// Copies the sources of all binds that aren't private; make_private() cuts the tie to the
// host's mounts that these keep. Throws usage_error if a source's mount isn't shared.
void copy_shared(std::vector<mount_entry>& places);

// What a container has where nothing else is asked: /proc, /sys (read-only), /dev with
// its nodes, /dev/pts, /dev/shm, and in /etc, where the root has one, hostname, hosts and
// a resolv.conf that works inside. A caller adds its own behind these.
std::vector<mount_entry> defaults(const std::string& hostname);

// Once its address is known, /etc/hosts in the list says that the name leads there.
void give_address(std::vector<mount_entry>& places, const std::string& hostname,
                  const std::string& address);

// What --mount asks for, mount_option.hpp; a bind comes with all mounts below it, and is
// read-only with all of them. Throws usage_error.
mount_entry requested(const std::string& mount_option);

// The content of a resolv.conf that works inside: the host's, or where that only names
// systemd-resolved's 127.0.0.53, which can't be reached from another NET namespace, the
// one with the servers behind it.
std::string resolvers();

// The environment of a command: PATH, HOME, HOSTNAME, and TERM where the caller has one;
// nothing else of the caller's.
std::vector<std::string> environment(const std::string& hostname);

// Ends the propagation of mounts between this namespace and all others.
// Needs CAP_SYS_ADMIN, like all that follow. Throws sys::error.
void make_private();

// On the host: throws usage_error where that is no directory, or the host's own root.
void validate_root(const std::string& directory);

// Makes a directory a mount of its own, without the mounts below it; gives its path.
std::string bind_root(const std::string& directory);

// Makes the mounts, in order, in the mount `root`, and makes it this process's root and
// current directory. The host's files are out of reach afterwards. Missing mount points
// are made (empty directories and files, the only thing ever written to the root).
// `read_only` makes the root itself so; the mounts have their own flags.
void enter_root(const std::string& root, const std::vector<mount_entry>& places,
                bool read_only = false);

}  // namespace zoomin::mnt
