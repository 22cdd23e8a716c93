// SPDX-License-Identifier: MIT
// probe: prints facts about the environment in which it runs, as lines NAME=VALUE. It is
// linked statically, so that it runs in any image; security_test.cpp starts it in
// containers.
//
//   probe            prints all facts except those about system calls
//   probe calls      prints the result of each system call. The calls have no effect,
//                    because the kernel refuses their invalid arguments
//
// A result is "ok", the name of an errno, or "signal N".
#include <dirent.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/keyctl.h>
#include <linux/landlock.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include "common/names.hpp"

namespace {

void print(const std::string& name, const std::string& value) {
  std::printf("%s=%s\n", name.c_str(), value.c_str());
}

std::string result_of(long result) {
  return result == -1 ? zoomin::error_name(errno) : "ok";
}

// Makes the call in a child process, which it may change or end. Returns the result.
std::string in_child(const std::function<long()>& call) {
  std::fflush(stdout);
  const pid_t child = ::fork();
  if (child == 0) ::_exit(call() == -1 ? errno : 0);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) return "signal " + std::to_string(WTERMSIG(status));
  return WEXITSTATUS(status) == 0 ? "ok" : zoomin::error_name(WEXITSTATUS(status));
}

std::string content(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  std::string result = text.str();
  while (!result.empty() && result.back() == '\n') result.pop_back();
  std::ranges::replace(result, '\0', ' ');
  std::ranges::replace(result, '\n', ' ');
  return result;
}

std::vector<std::string> names_in(const std::string& directory) {
  std::vector<std::string> result;
  DIR* open = ::opendir(directory.c_str());
  if (open == nullptr) return {zoomin::error_name(errno)};
  const std::string own = std::to_string(::dirfd(open));
  while (const dirent* found = ::readdir(open))
    if (found->d_name[0] != '.' && (directory != "/proc/self/fd" || own != found->d_name))
      result.emplace_back(found->d_name);
  ::closedir(open);
  std::ranges::sort(result);
  return result;
}

std::string joined(const std::vector<std::string>& words) {
  std::string result;
  for (const auto& word : words) result += (result.empty() ? "" : " ") + word;
  return result;
}

// --- identity and namespaces ---

void print_process() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    const auto colon = line.find(':');
    std::string value =
        line.substr(std::min(line.find_first_not_of(" \t", colon + 1), line.size()));
    std::ranges::replace(value, '\t', ' ');
    while (!value.empty() && value.back() == ' ') value.pop_back();
    print(line.substr(0, colon), value);
  }
  for (const char* kind : {"cgroup", "ipc", "mnt", "net", "pid", "uts"}) {
    char target[64] = {};
    const std::string path = std::string("/proc/self/ns/") + kind;
    print(std::string("namespace.") + kind,
          ::readlink(path.c_str(), target, sizeof target - 1) > 0 ? target : "none");
  }
  std::ifstream groups("/proc/self/cgroup");
  bool at_root = true;
  for (std::string line; std::getline(groups, line);)
    at_root = at_root && line.ends_with(":/");
  print("cgroup", at_root ? "/" : "another");
  print("cwd", content("/proc/self/comm").empty() ? "" : ::getcwd(nullptr, 0));
}

void print_inherited() {
  print("descriptors", joined(names_in("/proc/self/fd")));
  std::vector<std::string> variables;
  for (char** character = environ; *character != nullptr; ++character)
    variables.emplace_back(*character);
  std::ranges::sort(variables);
  print("environment", joined(variables));
  print("environment.first", content("/proc/1/environ"));
  struct rlimit limit {};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  print("nofile", std::to_string(limit.rlim_cur) + ":" + std::to_string(limit.rlim_max));
  ::getrlimit(RLIMIT_CORE, &limit);
  print("core", std::to_string(limit.rlim_cur));
}

// --- mounts and kernel files ---

void print_mounts() {
  std::ifstream mounts("/proc/self/mountinfo");
  for (std::string line; std::getline(mounts, line);) {
    std::istringstream words(line);
    std::string skipped, target, options, word, type, source, super;
    words >> skipped >> skipped >> skipped >> skipped >> target >> options;
    while (words >> word && word != "-") {
    }
    words >> type >> source >> super;
    print("mount." + target, type + " " + options + " " + super);
  }
}

// Returns "absent", "null" for the null device, "empty", or "readable".
std::string visibility(const std::string& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) == -1) return "absent";
  if (S_ISDIR(info.st_mode)) return names_in(path).empty() ? "empty" : "readable";
  if (S_ISCHR(info.st_mode) && info.st_rdev == makedev(1, 3)) return "null";
  return "readable";
}

std::string open_result(const std::string& path, int flags) {
  const int fd = ::open(path.c_str(), flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  const std::string result = result_of(fd);
  if (fd >= 0) ::close(fd);
  return result;
}

void print_kernel_files() {
  for (const char* path : {"/proc/acpi",          "/proc/asound",
                           "/proc/interrupts",    "/proc/kcore",
                           "/proc/keys",          "/proc/kpagecgroup",
                           "/proc/kpagecount",    "/proc/kpageflags",
                           "/proc/latency_stats", "/proc/pagetypeinfo",
                           "/proc/sched_debug",   "/proc/scsi",
                           "/proc/slabinfo",      "/proc/timer_list",
                           "/proc/timer_stats",   "/proc/vmallocinfo",
                           "/sys/firmware",       "/sys/kernel/debug",
                           "/sys/kernel/tracing", "/sys/devices/virtual/powercap"})
    print(std::string("masked.") + path, visibility(path));
  for (const auto& cpu : names_in("/sys/devices/system/cpu")) {
    const std::string path = "/sys/devices/system/cpu/" + cpu + "/thermal_throttle";
    if (::access(path.c_str(), F_OK) == 0) print("masked." + path, visibility(path));
  }
  // The files are only opened for writing, and never written.
  for (const char* path : {"/proc/sys/kernel/hostname", "/proc/sys/vm/overcommit_memory",
                           "/proc/sys/net/ipv4/ip_forward", "/proc/sysrq-trigger",
                           "/proc/irq/default_smp_affinity", "/sys/kernel/mm/ksm/run",
                           "/sys/kernel/uevent_seqnum", "/proc/fs/nfsd/x", "/proc/bus/x"})
    print(std::string("written.") + path, open_result(path, O_WRONLY));
  print("made./sys", result_of(::mkdir("/sys/fs/probe", 0700)));
}

void print_settings() {
  const std::string network = "/proc/sys/net/";
  for (const char* name : {"ipv4/ping_group_range", "ipv4/ip_unprivileged_port_start"})
    print(std::string("setting.") + name, content(network + name));
  for (const auto& link : names_in(network + "ipv4/conf"))
    print("setting.route_localnet." + link,
          content(network + "ipv4/conf/" + link + "/route_localnet"));
  for (const auto& link : names_in(network + "ipv6/conf"))
    if (link != "lo")
      print("setting.ipv6." + link,
            "disabled " + content(network + "ipv6/conf/" + link + "/disable_ipv6") +
                " accept_ra " + content(network + "ipv6/conf/" + link + "/accept_ra"));
}

// --- devices ---

void print_devices() {
  std::vector<std::string> nodes;
  for (const auto& name : names_in("/dev")) {
    struct stat info {};
    const std::string path = "/dev/" + name;
    if (::lstat(path.c_str(), &info) == 0 && !S_ISLNK(info.st_mode) &&
        !S_ISDIR(info.st_mode))
      nodes.push_back(name);
  }
  print("devices", joined(nodes));
  for (const char* name : {"null", "zero", "full", "random", "urandom", "ptmx", "tty"})
    print(std::string("device.") + name,
          open_result(std::string("/dev/") + name, O_RDWR));
  const std::string location = "/tmp/probe-node";
  const auto made = [&](const std::string& name, mode_t kind, dev_t device) {
    print("mknod." + name, result_of(::mknod(location.c_str(), kind | 0600, device)));
    print("mknod." + name + ".open", open_result(location, O_RDONLY));
    ::unlink(location.c_str());
  };
  made("fifo", S_IFIFO, 0);
  made("null", S_IFCHR, makedev(1, 3));
  made("mem", S_IFCHR, makedev(1, 1));
  made("tun", S_IFCHR, makedev(10, 200));
  made("fuse", S_IFCHR, makedev(10, 229));
  made("disk", S_IFBLK, makedev(8, 0));
  struct stat own {
  }, pts{};
  if (::fstat(0, &own) == 0 && ::isatty(0) == 1)
    print("terminal", ::stat("/dev/pts", &pts) == 0 && own.st_dev == pts.st_dev
                          ? "its own devpts"
                          : "another devpts");
}

// --- sockets and ioctl ---

void print_sockets() {
  const auto family = [](const char* name, int number, int type, int protocol) {
    const int fd = ::socket(number, type, protocol);
    print(std::string("socket.") + name, result_of(fd));
    if (fd >= 0) ::close(fd);
  };
  family("unix", AF_UNIX, SOCK_STREAM, 0);
  family("inet", AF_INET, SOCK_STREAM, 0);
  family("route", AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  family("audit", AF_NETLINK, SOCK_RAW, NETLINK_AUDIT);
  family("ping", AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
  family("raw", AF_INET, SOCK_RAW, IPPROTO_ICMP);
  family("packet", AF_PACKET, SOCK_RAW, 0);
  family("vsock", AF_VSOCK, SOCK_STREAM, 0);
  family("alg", AF_ALG, SOCK_SEQPACKET, 0);
  family("rxrpc", AF_RXRPC, SOCK_DGRAM, AF_INET);
  family("tipc", AF_TIPC, SOCK_STREAM, 0);
  family("smc", AF_SMC, SOCK_STREAM, 0);
  family("kcm", AF_KCM, SOCK_DGRAM, 0);
  family("x25", AF_X25, SOCK_SEQPACKET, 0);
  family("can", AF_CAN, SOCK_RAW, 1);
  family("diag", AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG);
  family("uevent", AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT);
  family("generic", AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
  family("netfilter", AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);
  family("xfrm", AF_NETLINK, SOCK_RAW, NETLINK_XFRM);
  int ends[2];
  print("socket.pair.unix", result_of(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends)));
  print("socket.pair.tipc", result_of(::socketpair(AF_TIPC, SOCK_SEQPACKET, 0, ends)));
  // The descriptor is invalid, so any error but EBADF comes from the filter.
  constexpr unsigned long high_bits = 1UL << 32;
  const auto control = [](const char* name, unsigned long request) {
    print(std::string("ioctl.") + name,
          result_of(::syscall(SYS_ioctl, -1, request, nullptr)));
  };
  control("TIOCSTI", TIOCSTI);
  control("TIOCSTI+high", TIOCSTI | high_bits);
  control("TIOCLINUX", TIOCLINUX);
  control("TIOCLINUX+high", TIOCLINUX | high_bits);
  control("TCGETS", TCGETS);
}

// --- system calls ---

constexpr long bad = 1;  // a pointer to nothing

struct system_call {
  const char* name;
  long number;
  std::vector<long> arguments;
};

std::vector<system_call> refused_calls() {
  return {
      {"mount", SYS_mount, {bad, bad, bad, 0, bad}},
      {"umount2", SYS_umount2, {bad, 0}},
      {"pivot_root", SYS_pivot_root, {bad, bad}},
      {"open_tree", SYS_open_tree, {-1, bad, 1}},
      {"move_mount", SYS_move_mount, {-1, bad, -1, bad, 0}},
      {"fsopen", SYS_fsopen, {bad, 0}},
      {"fsconfig", SYS_fsconfig, {-1, 99, 0, 0, 0}},
      {"fsmount", SYS_fsmount, {-1, 0, 0}},
      {"fspick", SYS_fspick, {-1, bad, 0}},
      {"mount_setattr", SYS_mount_setattr, {-1, bad, 0, bad, 0}},
      {"setns", SYS_setns, {-1, 0}},
      {"bpf", SYS_bpf, {99, bad, 8}},
      {"perf_event_open", SYS_perf_event_open, {bad, 0, -1, -1, 0}},
      {"userfaultfd", SYS_userfaultfd, {0x40000000}},
      {"keyctl", SYS_keyctl, {9999, 0, 0, 0, 0}},
      {"add_key", SYS_add_key, {bad, bad, 0, 0, 0}},
      {"request_key", SYS_request_key, {bad, bad, 0, 0}},
      {"io_uring_setup", SYS_io_uring_setup, {0, bad}},
      {"io_uring_enter", SYS_io_uring_enter, {-1, 0, 0, 0, 0, 0}},
      {"io_uring_register", SYS_io_uring_register, {-1, 99, 0, 0}},
      {"open_by_handle_at", SYS_open_by_handle_at, {-1, bad, 0}},
      {"kcmp", SYS_kcmp, {1, 1, 99, 0, 0}},
      {"quotactl", SYS_quotactl, {-1, bad, 0, bad}},
      {"quotactl_fd", SYS_quotactl_fd, {-1, 0, 0, 0}},
      {"clock_settime", SYS_clock_settime, {0, bad}},
      {"clock_adjtime", SYS_clock_adjtime, {0, bad}},
      {"settimeofday", SYS_settimeofday, {bad, 0}},
      {"adjtimex", SYS_adjtimex, {bad}},
      {"swapon", SYS_swapon, {bad, 0}},
      {"swapoff", SYS_swapoff, {bad}},
      {"init_module", SYS_init_module, {bad, 0, bad}},
      {"finit_module", SYS_finit_module, {-1, bad, 0}},
      {"delete_module", SYS_delete_module, {bad, 0}},
      {"kexec_load", SYS_kexec_load, {0, 0, 0, -1}},
      {"kexec_file_load", SYS_kexec_file_load, {-1, -1, 0, bad, -1}},
      {"reboot", SYS_reboot, {0, 0, 0, 0}},
      {"acct", SYS_acct, {bad}},
      {"syslog", SYS_syslog, {99, 0, 0}},
      {"sethostname", SYS_sethostname, {bad, 1}},
      {"setdomainname", SYS_setdomainname, {bad, 1}},
      {"iopl", SYS_iopl, {4}},
      {"ioperm", SYS_ioperm, {-1, 1, 1}},
      {"fanotify_init", SYS_fanotify_init, {-1, 0}},
      {"clone3", SYS_clone3, {bad, 0}},
      {"unknown", 700, {}},
      {"x32", 0x40000000 | SYS_getpid, {}},
      {"unshare.user", SYS_unshare, {CLONE_NEWUSER}},
      {"unshare.net", SYS_unshare, {CLONE_NEWNET}},
      {"unshare.time", SYS_unshare, {0x80}},
      {"clone.user", SYS_clone, {CLONE_NEWUSER | CLONE_FS, 0, 0, 0, 0}},  // EINVAL
      {"personality.other", SYS_personality, {0x40000}},
  };
}

// Returns the calls that ordinary programs need.
std::vector<system_call> needed_calls() {
  return {
      {"ptrace.traceme", SYS_ptrace, {PTRACE_TRACEME, 0, 0, 0}},
      {"pkey_free", SYS_pkey_free, {99}},
      {"landlock", SYS_landlock_create_ruleset, {0, 0, LANDLOCK_CREATE_RULESET_VERSION}},
      {"seccomp", SYS_seccomp, {99, 0, 0}},
      {"mseal", 462, {0, 0, 0}},
      {"statmount", 457, {bad, bad, 0, 0}},
      {"listmount", 458, {bad, bad, 0, 0}},
      {"futex_waitv", 449, {bad, 1, 0, 0, 0}},
      {"personality.0", SYS_personality, {0}},
      {"personality.8", SYS_personality, {8}},
      {"personality.20000", SYS_personality, {0x20000}},
      {"personality.ask", SYS_personality, {0xffffffff}},
      {"unshare.files", SYS_unshare, {CLONE_FILES}},
      {"chroot", SYS_chroot, {reinterpret_cast<long>("/")}},
      {"memfd_create", SYS_memfd_create, {reinterpret_cast<long>("x"), 0}},
      {"pidfd_open", SYS_pidfd_open, {1, 0}},
  };
}

long make_call(const system_call& system_call) {
  std::vector<long> result = system_call.arguments;
  result.resize(6);
  return ::syscall(system_call.number, result[0], result[1], result[2], result[3],
                   result[4], result[5]);
}

#if defined(__x86_64__)
// Makes a system call as a 32-bit program does, by the number of that architecture.
long make_call_32(int number, int first) {
  int result = 0;
  asm volatile("int $0x80"
               : "=a"(result)
               : "a"(number), "b"(first), "c"(0), "d"(0)
               : "memory", "r8", "r9", "r10", "r11");
  if (result >= 0) return result;
  errno = -result;
  return -1;
}

void print_calls_32() {
  struct entry {
    const char* name;
    int number;
    int first;
  };
  for (const entry& call :
       {entry{"getpid", 20, 0}, entry{"mount", 21, 1},
        entry{"unshare.user", 310, CLONE_NEWUSER}, entry{"socket.vsock", 359, AF_VSOCK},
        entry{"socket.tipc", 359, AF_TIPC}, entry{"socket.smc", 360, AF_SMC},
        entry{"bpf", 357, 99}, entry{"clone3", 435, 1}})
    print(std::string("call32.") + call.name,
          in_child([&] { return make_call_32(call.number, call.first); }));
}
#else
void print_calls_32() {}
#endif

void print_calls() {
  for (const auto& call : refused_calls())
    print(std::string("call.") + call.name, in_child([&] { return make_call(call); }));
  for (const auto& call : needed_calls())
    print(std::string("needed.") + call.name, in_child([&] { return make_call(call); }));
  print_calls_32();
}

}  // namespace

int main(int argc, char** argv) {
  const mode_t mask = ::umask(0);
  char text[8];
  std::snprintf(text, sizeof text, "%04o", mask);
  print("umask", text);
  if (argc > 1 && std::string(argv[1]) == "calls") {
    print_calls();
    return 0;
  }
  print_inherited();  // first, since later ones open files
  print_process();
  print_mounts();
  print_kernel_files();
  print_settings();
  print_devices();
  print_sockets();
  return 0;
}
