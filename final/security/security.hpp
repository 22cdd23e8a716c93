// SPDX-License-Identifier: MIT
// security: what holds a container in, beyond namespaces and limits.
//
// Kernel mechanism: capabilities(7), seccomp(2), cgroups(7) "devices", keyrings(7),
// getrlimit(2). Order of a start, and why:
//   inside  masks                  made before enter_root(), while the host's null node
//                                  can still be reached
//           enter_root(), sysctls
//           masks.apply()          read-only after --sysctl has been written
//           resolve_user()         by the image's /etc/passwd, read inside
//           set_rlimits(), join_session_keyring()
//           confine()              bounding set, filter (it needs the capabilities that
//           go
//                                  next), groups, gid, uid, capabilities; with
//                                  no_new_privileges the filter comes last
//   host    confine_devices()      once /dev's nodes are made, before the command runs
// `exec` uses the same functions: resolve_user() to the end.
#pragma once

#include <linux/filter.h>
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/fd.hpp"

namespace zoomin::cgroup {
class group;
}

namespace zoomin::security {

// --- capabilities ---

// CHOWN DAC_OVERRIDE FOWNER FSETID KILL NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID
// SYS_CHROOT, as "CAP_CHOWN".
std::vector<std::string> default_capabilities();
// All that this process itself may have: no more can be given away.
std::vector<std::string> all_capabilities();
// What --cap-add and --cap-drop make of the defaults; names with or without CAP_, in
// either case, and ALL. Throws usage_error.
std::vector<std::string> capabilities(const std::vector<std::string>& added,
                                      const std::vector<std::string>& dropped);

// --- users ---

struct user {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups{};  // supplementary ones
  std::string home = "/";
};

// "", "name", "1000", "name:group", "1000:1000": whether `text` can be meant. For the
// command line; throws usage_error.
void validate_user(const std::string& text);

// By /etc/passwd and /etc/group below the directory `root`, which may be hostile: inside,
// a descriptor of "/". `added`: --group-add, names or numbers. Digits are a number, never
// a name. Throws usage_error where there is no such user or group.
user resolve_user(int root, const std::string& text,
                  const std::vector<std::string>& added = {});

// --- what is hidden of /proc and /sys ---

struct hidden_paths {
  std::vector<std::string> masked;
  std::vector<std::string> read_only;
};
hidden_paths default_hidden_paths();

// Inside. Made before enter_root(), applied after it. Throws sys::error.
class masks {
 public:
  explicit masks(hidden_paths paths = default_hidden_paths());
  void apply();

 private:
  hidden_paths paths_;
  unique_fd null_;  // a mount of the host's null node, attached nowhere yet
};

// --- devices ---

// As --device-cgroup-rule says it: "c 1:3 rwm", "c 136:* rw", "a *:* rwm".
struct device_rule {
  char type = 'a';                        // 'a' all, 'b' block, 'c' character
  std::optional<std::uint32_t> number{};  // major; empty: each
  std::optional<std::uint32_t> minor{};
  std::string access = "rwm";  // read, write, mknod
};
device_rule parse_device_rule(const std::string& text);
// null zero full random urandom tty console ptmx pts, to be used and not to be made.
std::vector<device_rule> default_devices();
// On the host: from now on the group's processes may use these devices alone. Version 1
// by devices.deny and devices.allow, version 2 by an eBPF program that lives as long as
// the group. Throws sys::error.
void confine_devices(const cgroup::group& group, const std::vector<device_rule>& allowed);

// --- the rest, inside ---

struct rlimit {
  std::string name;  // "nofile"
  std::uint64_t soft = 0;
  std::uint64_t hard = 0;
};
// "nofile=1024:2048", "core=-1"; throws usage_error.
rlimit parse_rlimit(const std::string& text);
// core 0, nofile 1024:1048576 but never above what this process may have, and
// `container_spec`.
std::vector<rlimit> rlimits(const std::vector<rlimit>& limits);
void set_rlimits(const std::vector<rlimit>& limits);

// A keyring of its own, in which the host's keys aren't. Does nothing where the kernel
// has none, keyctl(2).
void join_session_keyring(const std::string& name);

struct confinement {
  std::vector<std::string> capabilities = default_capabilities();
  bool no_new_privileges = false;
  std::string seccomp = "default";    // or "unconfined", or a profile: JSON, profile.hpp
  std::vector<sock_filter> filter{};  // of a profile, see prepare()
};

// Returns the default filter for a container with these capabilities ("CAP_SYS_TIME"):
// each opens the calls that Docker's default profile opens for it, default_filter.hpp.
std::vector<sock_filter> default_filter_for(const std::vector<std::string>& capabilities);

// On the host, before confine(): compiles a profile; does nothing without one.
void prepare(confinement& confinement, const std::string& architecture);

// Inside, last: from here on this process can do what `what` says, as `who`. Inheritable
// and ambient capabilities are empty. Throws sys::error.
void confine(const confinement& confinement, const user& user);

}  // namespace zoomin::security
