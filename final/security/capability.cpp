// SPDX-License-Identifier: MIT
#include "security/capability.hpp"

#include <linux/capability.h>

#include <algorithm>
#include <array>
#include <cstddef>

namespace zoomin::security {

namespace {

// Lists the names in the order of their numbers, include/uapi/linux/capability.h.
constexpr auto names = std::to_array<std::string_view>({
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_DAC_READ_SEARCH",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_SETGID",
    "CAP_SETUID",
    "CAP_SETPCAP",
    "CAP_LINUX_IMMUTABLE",
    "CAP_NET_BIND_SERVICE",
    "CAP_NET_BROADCAST",
    "CAP_NET_ADMIN",
    "CAP_NET_RAW",
    "CAP_IPC_LOCK",
    "CAP_IPC_OWNER",
    "CAP_SYS_MODULE",
    "CAP_SYS_RAWIO",
    "CAP_SYS_CHROOT",
    "CAP_SYS_PTRACE",
    "CAP_SYS_PACCT",
    "CAP_SYS_ADMIN",
    "CAP_SYS_BOOT",
    "CAP_SYS_NICE",
    "CAP_SYS_RESOURCE",
    "CAP_SYS_TIME",
    "CAP_SYS_TTY_CONFIG",
    "CAP_MKNOD",
    "CAP_LEASE",
    "CAP_AUDIT_WRITE",
    "CAP_AUDIT_CONTROL",
    "CAP_SETFCAP",
    "CAP_MAC_OVERRIDE",
    "CAP_MAC_ADMIN",
    "CAP_SYSLOG",
    "CAP_WAKE_ALARM",
    "CAP_BLOCK_SUSPEND",
    "CAP_AUDIT_READ",
    "CAP_PERFMON",
    "CAP_BPF",
    "CAP_CHECKPOINT_RESTORE",
});
static_assert(names[CAP_SYS_ADMIN] == "CAP_SYS_ADMIN");
static_assert(names[CAP_SETFCAP] == "CAP_SETFCAP");
static_assert(names[CAP_AUDIT_READ] == "CAP_AUDIT_READ" &&
              names.size() == CAP_AUDIT_READ + 4);

}  // namespace

std::optional<int> capability_number(std::string_view name) {
  const auto* const found = std::ranges::find(names, name);
  if (found == names.end()) return std::nullopt;
  return static_cast<int>(found - names.begin());
}

std::string capability_name(int number) {
  if (number < 0 || static_cast<std::size_t>(number) >= names.size()) return {};
  return std::string(names[static_cast<std::size_t>(number)]);
}

}  // namespace zoomin::security
