// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "common/error.hpp"
#include "common/sys.hpp"
#include "security/capability.hpp"
#include "security/security.hpp"

namespace zoomin::security {

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
      names, [](const auto& one) { return sys::upper_case(one) == "ALL"; });
}

}  // namespace

std::vector<std::string> default_capabilities() {
  return {"CAP_CHOWN",   "CAP_DAC_OVERRIDE",     "CAP_FOWNER",    "CAP_FSETID",
          "CAP_KILL",    "CAP_NET_BIND_SERVICE", "CAP_SETFCAP",   "CAP_SETGID",
          "CAP_SETPCAP", "CAP_SETUID",           "CAP_SYS_CHROOT"};
}

// Returns the permitted capabilities of this process whose names are known.
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

void refuse_both(const std::vector<std::string>& added,
                 const std::vector<std::string>& dropped) {
  for (const auto& added_name : added) {
    if (sys::upper_case(added_name) == "ALL") continue;
    const std::string name = full_name("--cap-add", added_name);
    for (const auto& other : dropped)
      if (sys::upper_case(other) != "ALL" && full_name("--cap-drop", other) == name)
        throw usage_error(fmt::format(
            "--cap-add {0} and --cap-drop {0} exclude each other", added_name));
  }
}

}  // namespace

// As with Docker, ALL comes first, then the added capabilities, then the dropped ones.
std::vector<std::string> capabilities(const std::vector<std::string>& added,
                                      const std::vector<std::string>& dropped) {
  refuse_both(added, dropped);
  auto result = has_all(dropped) ? std::vector<std::string>() : default_capabilities();
  if (has_all(added)) result = all_capabilities();
  for (const auto& added_name : added) {
    if (sys::upper_case(added_name) == "ALL") continue;
    const std::string name = full_name("--cap-add", added_name);
    if (std::ranges::find(result, name) == result.end()) result.push_back(name);
  }
  for (const auto& dropped_name : dropped)
    if (sys::upper_case(dropped_name) != "ALL")
      std::erase(result, full_name("--cap-drop", dropped_name));
  return result;
}

}  // namespace zoomin::security
