// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <sys/capability.h>

#include <algorithm>
#include <memory>

#include "common/error.hpp"
#include "common/sys.hpp"
#include "security/security.hpp"

namespace zoomin::security {

namespace {

// "CAP_KILL"; empty where the library knows no name for it.
std::string name_of(cap_value_t value) {
  const std::unique_ptr<char, int (*)(void*)> name(::cap_to_name(value), ::cap_free);
  return name ? sys::upper_case(name.get()) : std::string();
}

std::string full_name(const std::string& option, const std::string& text) {
  std::string name = sys::upper_case(text);
  if (!name.starts_with("CAP_")) name.insert(0, "CAP_");
  cap_value_t value = 0;
  // cap_from_name(3) reads as far as it understands: "KILL,CHOWN" would be KILL.
  if (::cap_from_name(name.c_str(), &value) == -1 || name_of(value) != name)
    throw usage_error(fmt::format("{} \"{}\": no such capability", option, text),
                      "capabilities(7) lists them: NET_ADMIN, SYS_TIME, …");
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

std::vector<std::string> all_capabilities() {
  const std::unique_ptr<_cap_struct, int (*)(void*)> ours(::cap_get_proc(), ::cap_free);
  std::vector<std::string> all;
  for (cap_value_t one = 0; one < ::cap_max_bits(); ++one) {
    cap_flag_value_t has = CAP_CLEAR;
    if (::cap_get_flag(ours.get(), one, CAP_PERMITTED, &has) == -1 || has != CAP_SET)
      continue;
    all.push_back(name_of(one));
  }
  return all;
}

namespace {

void refuse_both(const std::vector<std::string>& added,
                 const std::vector<std::string>& dropped) {
  for (const auto& one : added) {
    if (sys::upper_case(one) == "ALL") continue;
    const std::string name = full_name("--cap-add", one);
    for (const auto& other : dropped)
      if (sys::upper_case(other) != "ALL" && full_name("--cap-drop", other) == name)
        throw usage_error(
            fmt::format("--cap-add {0} and --cap-drop {0} exclude each other", one));
  }
}

}  // namespace

// Docker's order: ALL first, then what is added, then what is dropped.
std::vector<std::string> capabilities(const std::vector<std::string>& added,
                                      const std::vector<std::string>& dropped) {
  refuse_both(added, dropped);
  auto result = has_all(dropped) ? std::vector<std::string>() : default_capabilities();
  if (has_all(added)) result = all_capabilities();
  for (const auto& one : added) {
    if (sys::upper_case(one) == "ALL") continue;
    const std::string name = full_name("--cap-add", one);
    if (std::ranges::find(result, name) == result.end()) result.push_back(name);
  }
  for (const auto& one : dropped)
    if (sys::upper_case(one) != "ALL") std::erase(result, full_name("--cap-drop", one));
  return result;
}

}  // namespace zoomin::security
