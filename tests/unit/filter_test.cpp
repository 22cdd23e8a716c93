// SPDX-License-Identifier: MIT
// Unit tests of the default filter, which is run like in the kernel, for one call.
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <string>
#include <vector>

#include "security/security.hpp"
#include "support/catch.hpp"

using namespace zoomin::security;
using capabilities_held = std::vector<std::string>;

namespace {

#if defined(__x86_64__)
constexpr unsigned native = AUDIT_ARCH_X86_64, other = AUDIT_ARCH_I386;
#else
constexpr unsigned native = AUDIT_ARCH_AARCH64, other = AUDIT_ARCH_ARM;
#endif

std::uint32_t word_at(const seccomp_data& call, std::uint32_t offset) {
  std::uint32_t word = 0;
  std::memcpy(&word, reinterpret_cast<const char*>(&call) + offset, sizeof word);
  return word;
}

bool holds(const sock_filter& jump, std::uint32_t value) {
  switch (BPF_OP(jump.code)) {
    case BPF_JEQ:
      return value == jump.k;
    case BPF_JGE:
      return value >= jump.k;
    case BPF_JSET:
      return (value & jump.k) != 0;
    default:
      FAIL("an unknown jump");
      return false;
  }
}

// Returns the filter's answer: 0, or an errno.
int answer(const std::vector<sock_filter>& filter, const seccomp_data& call) {
  std::uint32_t value = 0;
  for (std::size_t at = 0; at < filter.size(); ++at) {
    const auto& program = filter[at];
    if (BPF_CLASS(program.code) == BPF_RET)
      return program.k == SECCOMP_RET_ALLOW
                 ? 0
                 : static_cast<int>(program.k & SECCOMP_RET_DATA);
    if (BPF_CLASS(program.code) == BPF_LD)
      value = word_at(call, program.k);
    else if (BPF_OP(program.code) == BPF_JA)
      at += program.k;
    else
      at += holds(program, value) ? program.jt : program.jf;
  }
  FAIL("the filter has no end");
  return -1;
}

seccomp_data call_of(long number, std::uint64_t first = 0, std::uint64_t third = 0,
                     unsigned architecture = native) {
  seccomp_data call{};
  call.nr = static_cast<int>(number);
  call.arch = architecture;
  call.args[0] = first;
  call.args[2] = third;
  return call;
}

int answer_for(const capabilities_held& held, long number, std::uint64_t first = 0,
               std::uint64_t third = 0) {
  return answer(default_filter_for(held), call_of(number, first, third));
}

}  // namespace

TEST_CASE("without capabilities the default filter allows no privileged call",
          "[filter]") {
  for (const long number : {SYS_mount,
                            SYS_umount2,
                            SYS_setns,
                            SYS_bpf,
                            SYS_perf_event_open,
                            SYS_syslog,
                            SYS_reboot,
                            SYS_init_module,
                            SYS_finit_module,
                            SYS_delete_module,
                            SYS_acct,
                            SYS_kcmp,
                            SYS_clock_settime,
                            SYS_settimeofday,
                            SYS_mbind,
                            SYS_vhangup,
                            SYS_open_by_handle_at,
                            SYS_fsopen,
                            SYS_open_tree,
                            SYS_move_mount,
                            SYS_keyctl,
                            SYS_swapon,
                            SYS_kexec_load,
                            SYS_io_uring_setup}) {
    INFO(number);
    CHECK(answer_for({}, number) == EPERM);
    CHECK(answer_for(default_capabilities(), number) == EPERM);
  }
  CHECK(answer_for({}, SYS_clone3) == ENOSYS);
  CHECK(answer_for({}, SYS_clone, CLONE_NEWNS) == EPERM);
  CHECK(answer_for({}, SYS_unshare, CLONE_NEWUSER) == EPERM);
  CHECK(answer_for({}, SYS_clone, SIGCHLD) == 0);
  CHECK(answer_for({}, SYS_read) == 0);
}

TEST_CASE("a capability allows only its own calls in the default filter", "[filter]") {
  struct row {
    const char* capability;
    std::vector<long> open;
  };
  const std::vector<row> rows{
      {"CAP_SYS_ADMIN",
       {SYS_mount, SYS_umount2, SYS_setns, SYS_bpf, SYS_perf_event_open, SYS_syslog,
        SYS_fsopen, SYS_open_tree, SYS_move_mount, SYS_clone3, SYS_sethostname}},
      {"CAP_SYS_PTRACE", {SYS_kcmp}},
      {"CAP_SYS_MODULE", {SYS_init_module, SYS_finit_module, SYS_delete_module}},
      {"CAP_SYS_TIME", {SYS_clock_settime, SYS_settimeofday, SYS_adjtimex}},
      {"CAP_BPF", {SYS_bpf}},
      {"CAP_PERFMON", {SYS_perf_event_open}},
      {"CAP_SYS_NICE", {SYS_mbind, SYS_set_mempolicy, SYS_get_mempolicy}},
      {"CAP_SYSLOG", {SYS_syslog}},
      {"CAP_SYS_BOOT", {SYS_reboot}},
      {"CAP_SYS_PACCT", {SYS_acct}},
      {"CAP_SYS_TTY_CONFIG", {SYS_vhangup}},
      {"CAP_DAC_READ_SEARCH", {SYS_open_by_handle_at}},
      {"CAP_KILL", {}}};
  const auto closed = default_filter_for({});
  for (const auto& [capability, open] : rows) {
    INFO(capability);
    const auto filter = default_filter_for({capability});
    for (const long number : open) {
      INFO(number);
      CHECK(answer(filter, call_of(number)) == 0);
    }
    for (long number = 0; number < 600; ++number) {
      if (std::find(open.begin(), open.end(), number) != open.end()) continue;
      const bool opens =
          answer(filter, call_of(number)) == 0 && answer(closed, call_of(number)) != 0;
      INFO(number);
      CHECK((!opens || std::string(capability) == "CAP_SYS_ADMIN" ||
             std::string(capability) == "CAP_SYS_TIME" ||
             std::string(capability) == "CAP_SYS_NICE"));
    }
  }
  CHECK(answer_for({"CAP_SYS_ADMIN"}, SYS_clone, CLONE_NEWNS) == 0);
  CHECK(answer_for({"CAP_SYS_ADMIN"}, SYS_unshare, CLONE_NEWUTS) == 0);
  CHECK(answer_for({"CAP_SYS_ADMIN"}, SYS_keyctl) == EPERM);
}

TEST_CASE("only some socket families are allowed by the default filter", "[filter]") {
  for (const long number : {SYS_socket, SYS_socketpair})
    for (unsigned family = 0; family < 64; ++family) {
      INFO(number << " " << family);
      const bool fine = family == AF_UNIX || family == AF_INET || family == AF_INET6 ||
                        family == AF_PACKET || family == AF_NETLINK;
      CHECK(answer_for({}, number, family) == (fine ? 0 : EAFNOSUPPORT));
      // The kernel uses only the low half of the argument.
      CHECK(answer_for({}, number, family | (1ULL << 32)) == (fine ? 0 : EAFNOSUPPORT));
    }
  for (unsigned protocol = 0; protocol < 32; ++protocol) {
    INFO(protocol);
    const bool fine = protocol == NETLINK_ROUTE || protocol == NETLINK_SOCK_DIAG ||
                      protocol == NETLINK_KOBJECT_UEVENT || protocol == NETLINK_GENERIC;
    const bool admin = protocol == NETLINK_NETFILTER || protocol == NETLINK_XFRM;
    const bool audit = protocol == NETLINK_AUDIT;
    CHECK(answer_for({}, SYS_socket, AF_NETLINK, protocol) == (fine    ? 0
                                                               : audit ? EINVAL
                                                                       : EAFNOSUPPORT));
    CHECK(answer_for({"CAP_NET_ADMIN"}, SYS_socket, AF_NETLINK, protocol) ==
          (fine || admin ? 0
           : audit       ? EINVAL
                         : EAFNOSUPPORT));
  }
}

TEST_CASE("the default filter accepts the other architecture, and no third one",
          "[filter]") {
  const auto filter = default_filter_for({});
#if defined(__x86_64__)
  constexpr int socket_32 = 359, socketpair_32 = 360, mount_32 = 21, socketcall_32 = 102;
  CHECK(answer(filter, call_of(socket_32, AF_TIPC, 0, other)) == EAFNOSUPPORT);
  CHECK(answer(filter, call_of(socketpair_32, AF_SMC, 0, other)) == EAFNOSUPPORT);
  CHECK(answer(filter, call_of(socket_32, AF_INET, 0, other)) == 0);
  CHECK(answer(filter, call_of(socketcall_32, 1, 0, other)) == 0);
  CHECK(answer(filter, call_of(mount_32, 0, 0, other)) == EPERM);
  const auto open = default_filter_for({"CAP_SYS_ADMIN"});
  CHECK(answer(open, call_of(mount_32, 0, 0, other)) == 0);
  // These are the numbers of uretprobe and uprobe, and one of x32.
  for (const long number : {335L, 336L, 0x40000000L | SYS_getpid})
    CHECK(answer(open, call_of(number)) == ENOSYS);
#endif
  CHECK(answer(filter, call_of(SYS_getpid, 0, 0, AUDIT_ARCH_S390X)) == ENOSYS);
  CHECK(answer(filter, call_of(SYS_getpid, 0, 0, other)) >= 0);
}
