// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <vector>

#include "common/error.hpp"
#include "common/sys.hpp"
#include "security/capability.hpp"
#include "security/profile.hpp"
#include "security/security.hpp"

namespace zoomin::security {

using namespace sys;

namespace {

const narration::mechanism about_capset("capset", "only these capabilities");
const narration::mechanism about_user("user", "its user and groups");

// Describes an instruction of the default filter that refuses a call, unless the
// container has one of these capabilities.
struct gate {
  std::size_t at;
  std::uint64_t opened_by;  // capabilities, as bits
};
#include "default_filter.inc"

// Returns the capabilities as a set of bits.
std::uint64_t set_of(const std::vector<std::string>& names) {
  std::uint64_t set = 0;
  for (const auto& name : names) {
    const auto number = capability_number(name);
    if (!number) throw sys::error(EINVAL, "capset", name, "no such capability");
    set |= std::uint64_t{1} << static_cast<unsigned>(*number);
  }
  return set;
}

// Drops all capabilities except `kept` from the bounding set, including capabilities that
// have no name here. For numbers beyond its last capability the kernel returns EINVAL.
void drop_bounding(std::uint64_t kept) {
  constexpr unsigned count = 64;
  const auto text = [] { return std::string("prctl(PR_CAPBSET_DROP, …)"); };
  const auto drop_others = [&] {
    for (unsigned number = 0; number < count; ++number) {
      if ((kept >> number & 1U) != 0) continue;
      if (::prctl(PR_CAPBSET_DROP, number, 0, 0, 0) == 0) continue;
      return errno == EINVAL && number > CAP_AUDIT_READ ? 0 : -1;
    }
    return 0;
  };
  request(
      {"capset.bounding"_id, "no program can regain the other capabilities"}, "prctl",
      text, [] { return "PR_CAPBSET_DROP"; }, drop_others);
}

void set_capabilities(std::uint64_t kept) {
  __user_cap_header_struct head{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> sets{};
  sets[0].permitted = sets[0].effective = static_cast<std::uint32_t>(kept);
  sets[1].permitted = sets[1].effective = static_cast<std::uint32_t>(kept >> 32U);
  const auto text = [&] {
    return fmt::format("capset({} capabilities)", std::popcount(kept));
  };
  request(
      {"capset"_id, "the inheritable and ambient sets are empty"}, "capset", text,
      [] { return "capabilities"; },
      [&] {
        // EINVAL means an old kernel without ambient capabilities.
        if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == -1 &&
            errno != EINVAL)
          return -1L;
        return ::syscall(SYS_capset, &head, sets.data());
      });
}

void prctl_once(const narration::why& reason, int option, const char* name) {
  request(
      reason, "prctl", [&] { return fmt::format("prctl({}, 1)", name); },
      [&] { return name; }, [&] { return ::prctl(option, 1, 0, 0, 0); });
}

void install_filter(const confinement& confinement) {
  if (confinement.seccomp == "unconfined") return;
  const bool own = confinement.seccomp != "default";
  auto filter = own ? confinement.filter : default_filter_for(confinement.capabilities);
  const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  request(
      {"filter"_id, "limits the system calls"}, "seccomp",
      [&] { return fmt::format("seccomp(SECCOMP_SET_MODE_FILTER, {})", program.len); },
      [&] { return own ? "the profile" : "the default filter"; },
      [&] { return ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program); });
}

// Changes the user. The C library's functions change all threads, but this process has
// only one.
void become(const user& user) {
  prctl_once({"user.keepcaps"_id, "capabilities survive the change of user"},
             PR_SET_KEEPCAPS, "PR_SET_KEEPCAPS");
  std::vector<gid_t> groups{user.gid};  // must contain the primary group: CVE-2022-36109
  for (const gid_t group : user.groups)
    if (std::ranges::find(groups, group) == groups.end()) groups.push_back(group);
  request(
      {"user.groups"_id, "only the groups of its user"}, "setgroups",
      [&] { return fmt::format("setgroups([{}])", fmt::join(groups, ", ")); },
      [] { return "groups"; }, [&] { return ::setgroups(groups.size(), groups.data()); });
  request(
      {"user.gid"_id, "its group"}, "setresgid",
      [&] { return fmt::format("setresgid({0}, {0}, {0})", user.gid); },
      [] { return "gid"; }, [&] { return ::setresgid(user.gid, user.gid, user.gid); });
  request(
      {"user"_id, "its user"}, "setresuid",
      [&] { return fmt::format("setresuid({0}, {0}, {0})", user.uid); },
      [] { return "uid"; }, [&] { return ::setresuid(user.uid, user.uid, user.uid); });
}

}  // namespace

std::vector<sock_filter> default_filter_for(
    const std::vector<std::string>& capabilities) {
  const std::uint64_t set = set_of(capabilities);
  std::vector<sock_filter> programs(std::begin(default_filter), std::end(default_filter));
  for (const auto& [at, opened_by] : default_gates)
    if ((opened_by & set) != 0) programs[at].k = SECCOMP_RET_ALLOW;
  return programs;
}

void prepare(confinement& confinement, const std::string& architecture) {
  if (confinement.seccomp.starts_with('{'))
    confinement.filter =
        compile_profile(confinement.seccomp, confinement.capabilities, architecture);
}

void confine(const confinement& confinement, const user& user) {
  const std::uint64_t kept = set_of(confinement.capabilities);
  drop_bounding(kept);
  if (!confinement.no_new_privileges) install_filter(confinement);
  become(user);
  set_capabilities(kept);
  if (!confinement.no_new_privileges) return;
  prctl_once({"nonewprivs"_id, "no program can gain privileges"}, PR_SET_NO_NEW_PRIVS,
             "PR_SET_NO_NEW_PRIVS");
  install_filter(confinement);
}

void join_session_keyring(const std::string& name) {
  const auto text = [&] {
    return fmt::format("keyctl(KEYCTL_JOIN_SESSION_KEYRING, {})", quote(name));
  };
  const long joined = attempt({"keyring"_id, "a session keyring of its own"}, text, [&] {
    return ::syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name.c_str());
  });
  if (joined == -1 && errno != ENOSYS) throw error(errno, "keyctl", name);
}

}  // namespace zoomin::security
