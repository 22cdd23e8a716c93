// SPDX-License-Identifier: MIT
// sys: wraps each system call of this project once. A call is checked, and narrated if
// the caller gives a reason. Nothing else in the tree makes these calls.
//
// Functions throw sys::error unless stated otherwise. Descriptors are opened
// close-on-exec. EINTR is retried in open, read, write and flock only.
#pragma once

#include <linux/sched.h>
#include <signal.h>
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/call.hpp"
#include "common/fd.hpp"

namespace zoomin::sys {

// --- processes: clone(2), execve(2), pidfd_open(2), waitid(2) ---

// Makes a child without CLONE_VM, like fork(2): returns twice, 0 in the child. `cgroup`
// >= 0 adds CLONE_INTO_CGROUP. Stores the child's pidfd in `*pidfd`.
pid_t clone3(const why&, std::uint64_t flags, int cgroup, unique_fd* pidfd);
// Makes a child of the caller's parent, CLONE_PARENT. Never narrated. If `cgroup` is -1
// it uses clone(2), since seccomp filters may forbid clone3.
pid_t clone_beside(int cgroup);
void unshare(const why&, int flags);
// Moves into the namespaces of a pidfd or of a /proc/PID/ns file, setns(2).
void setns(const why&, int fd, int flags);
void sethostname(const why&, const std::string& name);
void set_parent_death_signal(const why&, int signal);  // PR_SET_PDEATHSIG
void close_range(const why&, unsigned first, unsigned last, unsigned flags = 0);
// Replaces this program. Doesn't return: throws if execve(2) fails.
[[noreturn]] void execve(const why&, const std::string& path,
                         const std::vector<std::string>& arguments,
                         const std::vector<std::string>& environment);
unique_fd pidfd_open(pid_t pid);
// Sends a signal. Returns false if the process is gone.
bool pidfd_send_signal(int pidfd, int signal);

// --- mounts: mount(2), pivot_root(2), mount_setattr(2) ---

// Passes empty `source`, `type` or `data` as NULL. `label` names the target in an error
// if `target` is a /proc/self/fd path; the other functions have it for the same purpose.
void mount(const why&, const std::string& source, const std::string& target,
           const std::string& type, unsigned long flags, const std::string& data = {},
           const std::string& label = {});
void umount(const why&, const std::string& target, int flags = 0);
void pivot_root(const why&, const std::string& new_root, const std::string& put_old);
// Opens a mount, or with OPEN_TREE_CLONE a detached copy. `flags` are open_tree(2)'s.
unique_fd open_tree(const why&, int directory, const std::string& path, unsigned flags);
// Attaches the mount `tree` at `to_path`, or at `to_directory` itself if that is empty.
void move_mount(const why&, int tree, int to_directory, const std::string& to_path,
                const std::string& label = {});
// Sets and clears MOUNT_ATTR_ bits of a mount; with AT_RECURSIVE also of all below it.
void mount_setattr(const why&, int fd, const std::string& path, unsigned flags,
                   std::uint64_t set, std::uint64_t clear = 0,
                   const std::string& label = {});

// --- files ---

void mkdir(const why&, const std::string& path, mode_t mode = 0755);
// Makes a directory unless the name exists. Returns true if this call made it.
bool make_directory(const why&, const std::string& path, mode_t mode = 0755);
void rmdir(const why&, const std::string& path);
// Removes a directory with everything below it. Only the final rmdir(2) is narrated.
void remove_tree(const why&, const std::string& path);
void chdir(const why&, const std::string& path);
void symlink(const why&, const std::string& points_to, const std::string& path);
void mknod(const why&, const std::string& path, mode_t mode, dev_t device);
// The following functions work in an open directory, by a name without '/', so that no
// symbolic link can lead elsewhere. `label` names the directory in an error.
void fchdir(const why&, int directory, const std::string& label);
bool make_directory_at(const why&, int directory, const std::string& name,
                       const std::string& label, mode_t mode = 0755);
void symlink_at(const why&, const std::string& points_to, int directory,
                const std::string& name);
void mknod_at(const why&, int directory, const std::string& name, mode_t mode,
              dev_t device);
// Makes an empty file. Returns false if the name exists.
bool make_file_at(int directory, const std::string& name, const std::string& label,
                  mode_t mode = 0644);
// Returns the target of a symbolic link. Empty if `name` is no symbolic link.
std::optional<std::string> read_link_at(int directory, const std::string& name);

unique_fd open(const std::string& path, int flags, mode_t mode = 0);
// Opens a file. Empty if it doesn't exist.
std::optional<unique_fd> open_if_exists(const std::string& path, int flags);
// Opens a file. `path` is resolved with `directory` as its root, and never through magic
// links: openat2(2), RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS.
unique_fd open_in_root(int directory, const std::string& path, std::uint64_t flags,
                       mode_t mode = 0);
// Opens a file like open_in_root(). Empty if it doesn't exist.
std::optional<unique_fd> find_in_root(int directory, const std::string& path,
                                      std::uint64_t flags, mode_t mode = 0);
// Throws if the answer is unknown: EACCES, if a parent directory can't be searched.
bool exists(const std::string& path);
std::string read_file(const std::string& path);
std::string read_all(int fd, std::string_view object);
// Reads a file on a disk or a tmpfs that nobody appends to: a short read(2) ends it. Not
// for /proc, /sys and cgroups, where a short read proves nothing.
std::string read_stored(const std::string& path);
std::string read_link(const std::string& path);
// Writes to an existing file in one write(2), as kernel files require. Narrated as
// write(FILE, "VALUE").
void write_file(const why&, const std::string& path, std::string_view value);
// Writes to an open file like write_file(); `path` is its name in the narration.
void write_open(const why&, int fd, const std::string& path, std::string_view value);
std::vector<std::string> list_directory(const std::string& path);  // names, sorted

// Locks with flock(2), LOCK_EX or LOCK_SH, without waiting. Returns false if another
// process holds the lock.
bool try_lock(int fd, bool exclusive = true);
// Locks with flock(2), LOCK_EX or LOCK_SH; waits while another process holds the lock.
void lock(int fd, bool exclusive = true);

// --- text ---

std::string upper_case(std::string text);
std::string lower_case(std::string text);

// Format flags in the order in which strace shows them: "MS_REC|MS_PRIVATE",
// "CLONE_NEWPID|CLONE_NEWUTS".
std::string mount_flags_text(unsigned long flags);
std::string clone_flags_text(std::uint64_t flags);
std::string quote(std::string_view text);           // "text", as strace quotes it
std::string quoted_or_null(std::string_view text);  // NULL if empty

}  // namespace zoomin::sys
