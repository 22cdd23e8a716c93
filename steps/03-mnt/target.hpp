// SPDX-License-Identifier: MIT
// target: finds or makes the mount points in a root that may be hostile.
//
// The owner of a root file system controls its names: "/etc" may be a link to "../../etc"
// or to "/proc/1/root/etc", and may become one between two calls. So the kernel resolves
// them with the root as "/", openat2(2), RESOLVE_IN_ROOT, never through the magic links
// of /proc, and the result is used by descriptor only.
#pragma once

#include <optional>
#include <string>

#include "common/fd.hpp"

namespace zoomin::mnt {

// Returns an O_PATH descriptor of `path` in the directory `root`. Empty if it doesn't
// exist.
std::optional<unique_fd> find(int root, const std::string& path);

// Returns an O_PATH descriptor of `path` in `root`. If it doesn't exist, it is made, with
// its parents, as an empty directory or file. Throws sys::error.
unique_fd open_target(int root, const std::string& path, bool directory);

// Opens a directory on which this program has mounted something. Throws sys::error if
// `path` leads to the root file system itself.
unique_fd open_mounted(int root, const std::string& path);

// Opens or makes the directory on which /proc or /sys is to be mounted. Throws sys::error
// if the root file system has anything else of that name, even a link to a directory: the
// protections of the kernel's files depend on these two names.
unique_fd open_kernel_target(int root, const std::string& path);

// Returns whether no part of a relative path ("net/tun") is empty, "." or "..".
bool leads_down(const std::string& path);

// Returns the parent: "/a" for "/a/b", "/" for "/a".
std::string parent_of(const std::string& path);

}  // namespace zoomin::mnt
