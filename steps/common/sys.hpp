// SPDX-License-Identifier: MIT
// sys: the system calls this project makes, each wrapped once: checked, and narrated
// where its caller gives a reason. Nothing else in the tree makes these calls.
//
// Throws sys::error unless said otherwise. Descriptors are opened close-on-exec. EINTR is
// retried in open, read, write and wait, where that is right, and nowhere else.
#pragma once

#include <linux/sched.h>
#include <signal.h>
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/call.hpp"
#include "common/fd.hpp"

namespace zoomin::sys {

// --- processes: clone(2), execve(2), pidfd_open(2), waitid(2) ---

// clone3 without CLONE_VM, as fork: returns twice, 0 in the child. `cgroup` >= 0 adds
// CLONE_INTO_CGROUP. The pidfd is stored where `pidfd` points.
pid_t clone3(const why&, std::uint64_t flags, int cgroup, unique_fd* pidfd);
// As fork, but the child's parent is the caller's, CLONE_PARENT; never told. Without a
// cgroup it is made by clone(2), since filters may forbid clone3.
pid_t clone_beside(int cgroup);
void unshare(const why&, int flags);
// Moves into namespaces of a process or of a /proc/PID/ns file, setns(2).
void setns(const why&, int fd, int flags);
void sethostname(const why&, const std::string& name);
void set_parent_death_signal(const why&, int signal);  // PR_SET_PDEATHSIG
void close_range(const why&, unsigned first, unsigned last, unsigned flags = 0);
// Returns only by throwing.
[[noreturn]] void execve(const why&, const std::string& path,
                         const std::vector<std::string>& arguments,
                         const std::vector<std::string>& environment);
unique_fd pidfd_open(pid_t pid);
// False where the process is gone.
bool pidfd_send_signal(int pidfd, int signal);

// --- mounts: mount(2), pivot_root(2), mount_setattr(2) ---

// Empty `source`, `type` or `data` are passed as NULL. `place` names the target in an
// error where `target` is a /proc/self/fd path.
void mount(const why&, const std::string& source, const std::string& target,
           const std::string& type, unsigned long flags, const std::string& data = {},
           const std::string& path = {});
void umount(const why&, const std::string& target, int flags = 0);
void pivot_root(const why&, const std::string& new_root, const std::string& put_old);
// A copy of a mount, attached nowhere; `flags` as open_tree(2) takes them.
unique_fd open_tree(const why&, int directory, const std::string& path, unsigned flags);
void move_mount(const why&, int tree, int to_directory, const std::string& to_path,
                const std::string& path = {});
// Sets MOUNT_ATTR_ bits on a mount, with AT_RECURSIVE on all below it.
void mount_setattr(const why&, int fd, const std::string& path, unsigned flags,
                   std::uint64_t set, std::uint64_t clear = 0,
                   const std::string& location = {});

// --- files ---

void mkdir(const why&, const std::string& path, mode_t mode = 0755);
// As mkdir, but an existing one is fine: true if this call made it.
bool make_directory(const why&, const std::string& path, mode_t mode = 0755);
void rmdir(const why&, const std::string& path);
// With all it holds, of which nothing is told; the rmdir(2) that comes last is.
void remove_tree(const why&, const std::string& path);
void chdir(const why&, const std::string& path);
void symlink(const why&, const std::string& points_to, const std::string& path);
void mknod(const why&, const std::string& path, mode_t mode, dev_t device);
// The same below an open directory, by a name without '/', so that no symbolic link can
// lead elsewhere. `place` names the directory in an error.
void fchdir(const why&, int directory, const std::string& path);
bool make_directory_at(const why&, int directory, const std::string& name,
                       const std::string& path, mode_t mode = 0755);
void symlink_at(const why&, const std::string& points_to, int directory,
                const std::string& name);
void mknod_at(const why&, int directory, const std::string& name, mode_t mode,
              dev_t device);
// An empty file; false where that name is taken.
bool make_file_at(int directory, const std::string& name, const std::string& path,
                  mode_t mode = 0644);
// What the symbolic link says; empty where it is none.
std::optional<std::string> read_link_at(int directory, const std::string& name);

unique_fd open(const std::string& path, int flags, mode_t mode = 0);
// Empty where the file doesn't exist.
std::optional<unique_fd> open_if_exists(const std::string& path, int flags);
// Resolves `path` with `directory` as its root, never through magic links: openat2(2),
// RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS.
unique_fd open_in_root(int directory, const std::string& path, std::uint64_t flags,
                       mode_t mode = 0);
// Empty where there is no such file.
std::optional<unique_fd> find_in_root(int directory, const std::string& path,
                                      std::uint64_t flags, mode_t mode = 0);
bool exists(const std::string& path);
std::string read_file(const std::string& path);
std::string read_all(int fd, std::string_view object);
// A file of a disk or of tmpfs that nobody appends to: a read(2) that returns less than
// asked for has met its end. That isn't so for /proc, /sys and cgroups.
std::string read_stored(const std::string& path);
std::string read_link(const std::string& path);
// Writes to a file that exists, in one write(2): what kernel files ask for. Narrated as
// write(FILE, "VALUE").
void write_file(const why&, const std::string& path, std::string_view value);
// As write_file, to one that is open.
void write_open(const why&, int fd, const std::string& path, std::string_view value);
std::vector<std::string> list_directory(const std::string& path);  // names, sorted

// flock(2) without waiting; false where another holds it. `exclusive` or shared.
bool try_lock(int fd, bool exclusive = true);
// The same, waiting for as long as another holds it.
void lock(int fd, bool exclusive = true);

// --- text ---

std::string upper_case(std::string text);
std::string lower_case(std::string text);

// "MS_REC|MS_PRIVATE", "CLONE_NEWPID|CLONE_NEWUTS": in the order in which strace shows
// them.
std::string mount_flags_text(unsigned long flags);
std::string clone_flags_text(std::uint64_t flags);
std::string quote(std::string_view text);           // "text", as strace quotes it
std::string quoted_or_null(std::string_view text);  // NULL where empty

}  // namespace zoomin::sys
