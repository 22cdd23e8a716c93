// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "base/field_error.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"
#include "security/capability.hpp"
#include "security/security.hpp"

namespace zoomin::security {

namespace {

// Lists the names in the order of their numbers, include/uapi/linux/capability.h.
constexpr auto known_names = std::to_array<std::string_view>({
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
static_assert(known_names[CAP_SYS_ADMIN] == "CAP_SYS_ADMIN");
static_assert(known_names[CAP_SETFCAP] == "CAP_SETFCAP");
static_assert(known_names[CAP_AUDIT_READ] == "CAP_AUDIT_READ" &&
              known_names.size() == CAP_AUDIT_READ + 4);

}  // namespace

std::optional<int> capability_number(std::string_view name) {
  const auto* const found = std::ranges::find(known_names, name);
  if (found == known_names.end()) return std::nullopt;
  return static_cast<int>(found - known_names.begin());
}

std::string capability_name(int number) {
  if (number < 0 || static_cast<std::size_t>(number) >= known_names.size()) return {};
  return std::string(known_names[static_cast<std::size_t>(number)]);
}

namespace {

std::string full_name(const std::string& option, const std::string& text) {
  std::string name = sys::upper_case(text);
  if (!name.starts_with("CAP_")) name.insert(0, "CAP_");
  if (!capability_number(name))
    throw usage_error(fmt::format("{} \"{}\": no such capability", option, text),
                      "use a name from capabilities(7), such as NET_ADMIN or SYS_TIME");
  return name;
}

bool has_all(const std::vector<std::string>& names) {
  return std::ranges::any_of(
      names, [](const auto& name) { return sys::upper_case(name) == "ALL"; });
}

}  // namespace

std::vector<std::string> default_capabilities() {
  return {"CAP_CHOWN",   "CAP_DAC_OVERRIDE",     "CAP_FOWNER",    "CAP_FSETID",
          "CAP_KILL",    "CAP_NET_BIND_SERVICE", "CAP_SETFCAP",   "CAP_SETGID",
          "CAP_SETPCAP", "CAP_SETUID",           "CAP_SYS_CHROOT"};
}

// Returns the permitted capabilities of this process that have a known name.
std::vector<std::string> all_capabilities() {
  __user_cap_header_struct head{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> sets{};
  sys::check("capget", "capabilities",
             [&] { return ::syscall(SYS_capget, &head, sets.data()); });
  const std::uint64_t permitted = sets[0].permitted | std::uint64_t{sets[1].permitted}
                                                          << 32U;
  std::vector<std::string> result;
  for (int number = 0; number < 64; ++number) {
    std::string name = capability_name(number);
    if ((permitted >> static_cast<unsigned>(number) & 1U) != 0 && !name.empty())
      result.push_back(std::move(name));
  }
  return result;
}

namespace {

// Throws field_error if a capability is both added and dropped.
void refuse_conflicts(const std::vector<std::string>& added,
                      const std::vector<std::string>& dropped) {
  for (const auto& added_name : added) {
    if (sys::upper_case(added_name) == "ALL") continue;
    const std::string name = full_name("HostConfig.CapAdd", added_name);
    for (const auto& other : dropped)
      if (sys::upper_case(other) != "ALL" &&
          full_name("HostConfig.CapDrop", other) == name)
        throw base::field_error(
            "HostConfig.CapAdd",
            fmt::format("{0} and HostConfig.CapDrop {0} exclude each other", added_name));
  }
}

}  // namespace

// As with Docker, ALL is applied first, then capabilities are added, then dropped.
std::vector<std::string> capabilities(const std::vector<std::string>& added,
                                      const std::vector<std::string>& dropped) {
  refuse_conflicts(added, dropped);
  auto result = has_all(dropped) ? std::vector<std::string>() : default_capabilities();
  if (has_all(added)) result = all_capabilities();
  for (const auto& added_name : added) {
    if (sys::upper_case(added_name) == "ALL") continue;
    const std::string name = full_name("HostConfig.CapAdd", added_name);
    if (std::ranges::find(result, name) == result.end()) result.push_back(name);
  }
  for (const auto& dropped_name : dropped)
    if (sys::upper_case(dropped_name) != "ALL")
      std::erase(result, full_name("HostConfig.CapDrop", dropped_name));
  return result;
}

}  // namespace zoomin::security
