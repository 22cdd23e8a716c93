// SPDX-License-Identifier: MIT
// oci_names: the names of config.json, which its writer and its parser share.
#pragma once

#include <sched.h>
#include <sys/mount.h>

#include <array>
#include <string_view>
#include <utility>

namespace zoomin::container::oci {

inline constexpr std::array namespaces{
    std::pair{CLONE_NEWPID, "pid"},  std::pair{CLONE_NEWNET, "network"},
    std::pair{CLONE_NEWNS, "mount"}, std::pair{CLONE_NEWIPC, "ipc"},
    std::pair{CLONE_NEWUTS, "uts"},  std::pair{CLONE_NEWCGROUP, "cgroup"}};

// Mount options that stand for flags of mount(2).
inline constexpr std::array mount_flags{
    std::pair{MS_NOSUID, "nosuid"}, std::pair{MS_NODEV, "nodev"},
    std::pair{MS_NOEXEC, "noexec"}, std::pair{MS_RDONLY, "ro"}};

// Limits of block devices, in the order of cgroup::io_limit::kind.
inline constexpr std::array throttles{"throttleReadBpsDevice", "throttleWriteBpsDevice",
                                      "throttleReadIOPSDevice",
                                      "throttleWriteIOPSDevice"};

inline constexpr std::string_view limit_prefix = "RLIMIT_";  // then "NOFILE"
inline constexpr std::string_view our_groups = "/zoomin/";
inline constexpr std::string_view root_name = "/merged";  // in the writable layer

// Annotations for settings that the specification doesn't cover. The user's annotations
// have other names.
inline constexpr std::string_view own_prefix = "zoomin.";
inline constexpr std::string_view file_prefix = "zoomin.file.";    // then its path
inline constexpr std::string_view fills_prefix = "zoomin.fills.";  // then a target

}  // namespace zoomin::container::oci
