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

#include "common/fd.hpp"
#include "common/narration.hpp"

namespace zoomin::mnt {

// A device node, a symbolic link or a directory in a new tmpfs.
struct node {
  const narration::name* id = nullptr;  // for devices; links are made quietly
  std::string name{};                   // "null", "net/tun"
  dev_t device{};
  mode_t mode = 0020666;  // S_IFCHR, S_IFBLK or S_IFDIR with permissions, mknod(2)
  std::string link{};     // the target of a link; empty for a device
};

// An entry of the container's mount table.
struct mount_entry {
  const narration::name* id = nullptr;
  std::string words{};    // for the narration: "its own processes"
  std::string subject{};  // for the narration; by default the target
  std::string type{};     // "bind", "file", or a file system: "proc", "tmpfs", …
  std::string source{};   // the host's file or directory, for a bind
  std::string target{};   // the path in the container: "/proc"
  unsigned long flags =
      0;  // MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC; for a bind also MS_REC
  std::string data{};  // the options of the file system; the content of a "file"
  std::vector<node> nodes{};
  unsigned long propagation = 0;      // of a bind: MS_SLAVE or MS_SHARED; 0: private
  std::shared_ptr<unique_fd> copy{};  // of such a bind, made by copy_shared()
};

// Copies the sources of all binds that aren't private, so that they keep the propagation
// that make_private() ends. Throws usage_error if a source's mount isn't shared.
void copy_shared(std::vector<mount_entry>& mounts);

// Returns the default mounts: /proc, /sys (read-only), /dev with its nodes, /dev/pts,
// /dev/shm, and if the root has an /etc, hostname, hosts and a working resolv.conf in it.
// A caller appends its own mounts.
std::vector<mount_entry> defaults(const std::string& hostname);

// Sets the address of `hostname` in the /etc/hosts among the mounts.
void give_address(std::vector<mount_entry>& mounts, const std::string& hostname,
                  const std::string& address);

// Parses an argument of --mount, mount_option.hpp. A bind includes all mounts below its
// source; if it is read-only, so are these. Throws usage_error.
mount_entry requested(const std::string& mount_option);

// Returns the content of a resolv.conf that works in the container: the host's. If that
// names only systemd-resolved's 127.0.0.53, which can't be reached from another network
// namespace, it is the resolv.conf that names the servers behind it.
std::string resolvers();
// Returns the address of each "nameserver" of a resolv.conf(5).
std::vector<std::string> name_servers(const std::string& resolv_conf);

// Returns the environment of the command: PATH, HOME, HOSTNAME, and the caller's TERM if
// it is set, but no other variable of the caller.
std::vector<std::string> environment(const std::string& hostname);

// Ends the propagation of mounts between this namespace and all others. Needs
// CAP_SYS_ADMIN, like the following functions. Throws sys::error.
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
