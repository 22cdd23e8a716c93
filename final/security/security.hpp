// SPDX-License-Identifier: MIT
// security: confines a container, in addition to namespaces and limits.
//
// Kernel mechanism: capabilities(7), seccomp(2), cgroups(7) "devices", keyrings(7),
// getrlimit(2). Order of a start, and why:
//   inside  masks                  made before enter_root(), while the host's null node
//                                  can still be reached
//           enter_root(), sysctls
//           masks.apply()          read-only after --sysctl has been written
//           resolve_user()         by the image's /etc/passwd, read inside
//           set_rlimits(), join_session_keyring()
//           confine()              bounding set, filter (needs capabilities), groups,
//                                  gid, uid, capabilities; with no_new_privileges the
//                                  filter comes last
//   host    confine_devices()      once /dev's nodes are made, before the command runs
// `exec` uses the functions from resolve_user() to confine().
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

// Returns CHOWN DAC_OVERRIDE FOWNER FSETID KILL NET_BIND_SERVICE SETFCAP SETGID SETPCAP
// SETUID SYS_CHROOT, as "CAP_CHOWN".
std::vector<std::string> default_capabilities();
// Returns the capabilities that this process itself may have. It can't grant any others.
std::vector<std::string> all_capabilities();
// Applies --cap-add and --cap-drop to the defaults. Accepts ALL, and names with or
// without CAP_ in either case. Throws usage_error.
std::vector<std::string> capabilities(const std::vector<std::string>& added,
                                      const std::vector<std::string>& dropped);

// --- users ---

struct user {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups{};  // supplementary groups
  std::string home = "/";
};

// Checks the form of --user: "", "name", "1000", "name:group", "1000:1000". Throws
// usage_error.
void validate_user(const std::string& text);

// Resolves a user by /etc/passwd and /etc/group below the directory `root`, whose content
// may be hostile. Inside a container, `root` is a descriptor of "/". `added` holds the
// names or numbers of --group-add. A text of digits is a number, never a name. Throws
// usage_error if there is no such user or group.
user resolve_user(int root, const std::string& text,
                  const std::vector<std::string>& added = {});

// --- masked and read-only paths of /proc and /sys ---

struct hidden_paths {
  std::vector<std::string> masked;
  std::vector<std::string> read_only;
};
// Returns Docker's paths, and others that reveal facts about the host.
hidden_paths default_hidden_paths();

// Masks paths in the container. Construct it before enter_root(), and call apply() after
// it. Throws sys::error.
class masks {
 public:
  explicit masks(hidden_paths paths = default_hidden_paths());
  void apply();

 private:
  hidden_paths paths_;
  unique_fd null_;  // a detached mount of the host's null node
};

// --- devices ---

// Allows access to devices: "c 1:3 rwm", "c 136:* rw", "a *:* rwm".
struct device_rule {
  char type = 'a';                        // 'a' all, 'b' block, 'c' character
  std::optional<std::uint32_t> number{};  // major; nullopt: any
  std::optional<std::uint32_t> minor{};
  std::string access = "rwm";  // read, write, mknod
};
// Parses a rule as --device-cgroup-rule has it. Throws usage_error.
device_rule parse_device_rule(const std::string& text);
// Returns the rules for null, zero, full, random, urandom, tty, console, ptmx and pts:
// read and write, but not mknod.
std::vector<device_rule> default_devices();
// Limits the group's processes to these devices. Call it on the host. Version 1 has the
// files devices.deny and devices.allow; version 2 runs an eBPF program, which exists as
// long as the group. Throws sys::error.
void confine_devices(const cgroup::group& group, const std::vector<device_rule>& allowed);

// --- limits, keyring, filter: inside ---

struct rlimit {
  std::string name;  // "nofile"
  std::uint64_t soft = 0;
  std::uint64_t hard = 0;
};
// Parses a limit such as "nofile=1024:2048" or "core=-1". Throws usage_error.
rlimit parse_rlimit(const std::string& text);
// Returns the limits of a container: core 0 and nofile 1024:1048576, but no more than
// this process may have. The limits in `requested` take precedence.
std::vector<rlimit> rlimits(const std::vector<rlimit>& requested);
void set_rlimits(const std::vector<rlimit>& limits);

// Joins a new session keyring, keyctl(2), so that the host's keys can't be reached. Does
// nothing if the kernel has no keyrings.
void join_session_keyring(const std::string& name);

struct confinement {
  std::vector<std::string> capabilities = default_capabilities();
  bool no_new_privileges = false;
  std::string seccomp = "default";  // or "unconfined", or a profile in JSON (profile.hpp)
  std::vector<sock_filter> filter{};  // the compiled profile, see prepare()
};

// Returns the default filter for a container with these capabilities, such as
// "CAP_SYS_TIME". Each capability allows the system calls that Docker's default profile
// allows for it (default_filter.hpp).
std::vector<sock_filter> default_filter_for(const std::vector<std::string>& capabilities);

// Compiles the profile, if there is one. Call it on the host, before confine().
void prepare(confinement& confinement, const std::string& architecture);

// Limits this process to the confinement, and changes its user. The inheritable and
// ambient capabilities become empty. Call it last, inside the container. Throws
// sys::error.
void confine(const confinement& confinement, const user& user);

}  // namespace zoomin::security
