// SPDX-License-Identifier: MIT
// target: finds the place of a mount inside a root that may be hostile.
//
// The names in a root file system are its owner's: "/etc" may be a link to "../../etc" or
// to "/proc/1/root/etc", and may become one between two calls. So the kernel resolves
// them with the root as "/", openat2(2), RESOLVE_IN_ROOT, never through the magic links
// of /proc, and what it found is then used by descriptor only.
#pragma once

#include <optional>
#include <string>

#include "common/fd.hpp"

namespace zoomin::mnt {

// An O_PATH descriptor of `path` in the directory `root`; empty where it isn't there.
std::optional<unique_fd> find(int root, const std::string& path);

// The same. What is missing is made:
// parents, and the last name as an empty directory or file. Throws sys::error.
unique_fd open_target(int root, const std::string& path, bool directory);

// A directory on which we have mounted something; throws sys::error where `path` doesn't
// lead to such a one (any more), but to the root file system itself.
unique_fd open_mounted(int root, const std::string& path);

// Finds the directory on which /proc or /sys is to be mounted, and makes it if it is
// missing. Throws sys::error if the root file system has anything else there, also a link
// to a directory: all protections of the kernel's files are found by these two names.
unique_fd open_kernel_target(int root, const std::string& path);

// Tells whether all parts of a relative path ("net/tun") are names: none is empty, "." or
// "..".
bool leads_down(const std::string& path);

// "/a/b" -> "/a"; "/a" -> "/".
std::string parent_of(const std::string& path);

}  // namespace zoomin::mnt
