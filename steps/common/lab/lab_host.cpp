// SPDX-License-Identifier: MIT
#include "common/lab/lab_host.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <map>
#include <optional>
#include <sstream>
#include <vector>

#include "common/chroot.hpp"
#include "common/foreground.hpp"
#include "common/paths.hpp"
#include "common/sys.hpp"

namespace zoomin::host {

using namespace sys;

namespace {

constexpr const char* marker = "/run/zoomin-throw-away-host";
constexpr const char* outside_file = "/run/zoomin-throw-away-outside";
constexpr const char* prefix = "zoomin-throw-away-";
constexpr int planted = 9;

// A mounted cgroup hierarchy: version 1 has one for each group of controllers.
struct hierarchy {
  std::string mount_point;
  std::string controllers;  // mount option of version 1; empty for version 2
  [[nodiscard]] bool is_v2() const { return controllers.empty(); }
};

// Converts the super options "rw,cpu,cpuacct" or "rw,xattr,name=systemd" to mount(8)'s.
std::string mount_option(const std::string& super) {
  const auto name = super.find("name=");
  return name == std::string::npos ? super.substr(3) : "none," + super.substr(name);
}

// Lists the mounted hierarchies from /proc/self/mountinfo, proc_pid_mountinfo(5). A later
// mount hides an earlier one at the same mount point.
std::vector<hierarchy> hierarchies() {
  std::map<std::string, std::string> found;
  std::istringstream lines(read_file("/proc/self/mountinfo"));
  for (std::string line; std::getline(lines, line);) {
    const auto dash = line.find(" - ");
    std::istringstream left(line.substr(0, dash)), right(line.substr(dash + 3));
    std::string skip, at, type, source, super;
    left >> skip >> skip >> skip >> skip >> at;
    right >> type >> source >> super;
    if (type == "cgroup2") found[at] = "";
    if (type == "cgroup" && super.starts_with("rw,")) found[at] = mount_option(super);
  }
  std::vector<hierarchy> result;
  for (const auto& [at, option] : found) result.push_back({at, option});
  return result;
}

// Version 1's cpuset accepts no process before it has processors and memory nodes.
void prepare_cpuset(const std::string& mount_point, const std::string& group) {
  for (const char* file : {"cpuset.cpus", "cpuset.mems"})
    if (exists(group + "/" + file))
      write_file(quiet, group + "/" + file, read_file(mount_point + "/" + file));
}

void write_if_exists(const std::string& path, const std::string& value) {
  if (exists(path)) write_file(quiet, path, value);
}

// This extended attribute of the root cgroup lists the controllers that throw-away hosts
// have enabled there, " cpu memory". It outlives each of them.
constexpr const char* enabled_attribute = "trusted.zoomin.enabled";

std::string enabled_by_us(const std::string& root) {
  std::string names(256, '\0');
  const auto size =
      ::getxattr(root.c_str(), enabled_attribute, names.data(), names.size());
  names.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  return names;
}

// Locks the controllers while a host compares the enabled ones with the existing hosts.
// The directory can't serve as the lock: for a nested host, its outer host holds that
// lock as long as it lives.
unique_fd lock_controllers(const std::string& root) {
  unique_fd fd = open(root + "/cgroup.subtree_control", O_RDONLY);
  lock(fd.get());
  return fd;
}

// Enables a controller for the children of the version 2 root. Returns false if the root
// is a container's, and has processes: then the kernel refuses (EBUSY), and the host does
// without the controller. cgroups(7), "No internal processes".
bool enable(const std::string& root, const std::string& controller) try {
  write_file(quiet, root + "/cgroup.subtree_control", "+" + controller);
  return true;
} catch (const error& refused) {
  if (refused.number() != EBUSY) throw;
  return false;
}

// Enables all available controllers for the children of the version 2 root.
void enable_controllers(const std::string& root) {
  const std::string before = " " + read_file(root + "/cgroup.subtree_control");
  std::string ours = enabled_by_us(root);
  std::istringstream names(read_file(root + "/cgroup.controllers"));
  for (std::string name; names >> name;)
    if (before.find(" " + name) == std::string::npos && enable(root, name))
      ours += " " + name;
  if (!ours.empty())
    ::setxattr(root.c_str(), enabled_attribute, ours.data(), ours.size(), 0);
}

// Disables the controllers that throw-away hosts have enabled, once the last host ends.
// The kernel refuses (EBUSY) for those that other cgroups use by now.
void disable_controllers(const std::string& root) {
  const auto lock = lock_controllers(root);
  for (const auto& name : list_directory(root))
    if (name.starts_with(prefix)) return;
  std::istringstream names(enabled_by_us(root));
  for (std::string name; names >> name;) {
    const unique_fd file = open(root + "/cgroup.subtree_control", O_WRONLY);
    [[maybe_unused]] const auto busy =
        ::write(file.get(), ("-" + name).c_str(), name.size() + 1);
  }
  ::removexattr(root.c_str(), enabled_attribute);
}

// Removes a cgroup and those below it. Skips any that are in use or gone already.
void remove_group(const std::string& group) {
  if (!exists(group)) return;
  for (const auto& name : list_directory(group))
    if (const std::string below = group + "/" + name; exists(below + "/cgroup.procs"))
      remove_group(below);
  ::rmdir(group.c_str());
}

// Locks a cgroup. Empty if another process holds the lock, or has removed the cgroup
// meanwhile: then the path may lead to a new cgroup, which this lock doesn't protect.
std::optional<unique_fd> locked(const std::string& group) {
  auto fd = open_if_exists(group, O_RDONLY | O_DIRECTORY);
  if (fd && try_lock(fd->get()) &&
      exists(fmt::format("/proc/self/fd/{}/cgroup.procs", fd->get())))
    return fd;
  return std::nullopt;
}

// Makes a cgroup and locks it. Tries again if another host's remove_stale() removes the
// cgroup between mkdir and the lock.
unique_fd make_locked(const std::string& group) {
  while (true) {
    make_directory(quiet, group);
    if (auto lock = locked(group)) return std::move(*lock);
  }
}

// One cgroup in each hierarchy, removed by the destructor. Its lock marks it as in use.
class groups {
 public:
  groups() : hierarchies_(hierarchies()), name_(fmt::format("{}{}", prefix, ::getpid())) {
    for (const auto& hierarchy : hierarchies_) {
      remove_stale(hierarchy.mount_point);
      unique_fd until_made;
      if (hierarchy.is_v2()) {
        until_made = lock_controllers(hierarchy.mount_point);
        enable_controllers(hierarchy.mount_point);
      }
      const std::string group = hierarchy.mount_point + "/" + name_;
      locks_.push_back(make_locked(group));
      if (!hierarchy.is_v2()) prepare_cpuset(hierarchy.mount_point, group);
      write_if_exists(group + "/pids.max", "4000");
    }
  }
  groups(const groups&) = delete;
  groups& operator=(const groups&) = delete;
  ~groups() {
    try {
      for (const auto& hierarchy : hierarchies_) {
        remove_group(hierarchy.mount_point + "/" + name_);
        if (hierarchy.is_v2()) disable_controllers(hierarchy.mount_point);
      }
    } catch (const std::exception&) {
      // The controllers stay enabled until the next host ends.
    }
  }

  // Moves the calling process into the cgroups, which become its roots of the
  // hierarchies. In version 2 it moves on into a child, so that the root can enable
  // controllers for its children: cgroups(7), "No internal processes".
  void enter() const {
    for (const auto& hierarchy : hierarchies_)
      write_file(quiet, hierarchy.mount_point + "/" + name_ + "/cgroup.procs", "0");
    unshare(quiet, CLONE_NEWCGROUP);
    for (const auto& hierarchy : hierarchies_) {
      if (!hierarchy.is_v2()) continue;
      const std::string group = hierarchy.mount_point + "/" + name_;
      make_directory(quiet, group + "/processes");
      write_file(quiet, group + "/processes/cgroup.procs", "0");
    }
  }

  // Mounts the hierarchies at the same mount points, on a new /sys.
  void mount_all() const {
    const bool unified = hierarchies_.size() == 1 && hierarchies_[0].is_v2();
    if (!unified) mount(quiet, "cgroups", "/sys/fs/cgroup", "tmpfs", 0, "mode=755");
    for (const auto& hierarchy : hierarchies_) {
      if (!unified) make_directory(quiet, hierarchy.mount_point);
      mount(quiet, "cgroup", hierarchy.mount_point,
            hierarchy.is_v2() ? "cgroup2" : "cgroup", 0, hierarchy.controllers);
    }
  }

 private:
  // Removes the cgroups of hosts whose owner was killed: nobody holds their lock.
  static void remove_stale(const std::string& mount_point) {
    for (const auto& name : list_directory(mount_point)) {
      if (!name.starts_with(prefix)) continue;
      const std::string group = mount_point + "/" + name;
      if (const auto lock = locked(group)) remove_group(group);
    }
  }

  std::vector<hierarchy> hierarchies_;
  std::string name_;
  std::vector<unique_fd> locks_;
};

// Runs one ip(8) process that reads all commands from a pipe.
void ip(const std::string& commands) {
  std::array<int, 2> ends{};
  sys::check("pipe2", "ip", [&] { return ::pipe2(ends.data(), O_CLOEXEC); });
  const unique_fd reads(ends[0]);
  unique_fd writes(ends[1]);
  sys::check("write", "ip",
             [&] { return ::write(writes.get(), commands.data(), commands.size()); });
  writes.reset();
  const pid_t child = sys::check("fork", "ip", [] { return ::fork(); });
  if (child == 0) {
    ::dup2(reads.get(), STDIN_FILENO);
    ::execlp("ip", "ip", "-batch", "-", nullptr);
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (status != 0) throw usage_error("ip -batch: failed", "install iproute2");
}

// Starts a process that plays the outside network, in a network namespace of its own. It
// makes the veth pair, since it can name the host's namespace (PID 1), but not vice
// versa.
void make_outside_network() {
  std::array<int, 2> ends{};
  sys::check("pipe2", "outside network", [&] { return ::pipe2(ends.data(), O_CLOEXEC); });
  const unique_fd reads(ends[0]);
  unique_fd writes(ends[1]);
  const pid_t outside = sys::check("fork", "outside network", [] { return ::fork(); });
  if (outside == 0) {
    ::setpgid(0, 0);  // Ctrl-C must not end it
    unshare(quiet, CLONE_NEWNET);
    ip("link set lo up\n"
       "link add eth0 type veth peer name eth0 netns 1\n"
       "addr add 192.0.2.1/24 dev eth0\n"
       "addr add 198.51.100.1/32 dev lo\n"
       "link set eth0 up\n");
    [[maybe_unused]] const auto ignored = ::write(writes.get(), "r", 1);
    writes.reset();
    while (true) ::pause();
  }
  writes.reset();
  if (read_all(reads.get(), "outside network") != "r")
    throw usage_error("can't make the outside network");
  ip("link set lo up\n"
     "addr add 192.0.2.2/24 dev eth0\n"
     "link set eth0 up\n"
     "route add default via 192.0.2.1\n");
  write_file(quiet, "/proc/sys/net/ipv4/ip_forward", "0");
  const auto file = open(outside_file, O_WRONLY | O_CREAT, 0644);
  const std::string path = fmt::format("/proc/{}/ns/net", outside);
  sys::check("write", outside_file,
             [&] { return ::write(file.get(), path.data(), path.size()); });
}

void make_mounts(const groups& own) {
  chroot::become_root();
  mount(quiet, "", "/", "", MS_REC | MS_PRIVATE);
  mount(quiet, "", "/", "", MS_REC | MS_SHARED);
  mount(quiet, "proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC);
  mount(quiet, "sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC);
  own.mount_all();
  mount(quiet, "run", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755");
  open(marker, O_WRONLY | O_CREAT, 0644);
  ::setenv("ZOOMIN_ROOT", "/run/zoomin-root", 1);
  use_context(context_from_environment());
}

void plant_descriptor() {
  const auto null = open("/dev/null", O_RDWR);
  sys::check("dup2", "/dev/null", [&] { return ::dup2(null.get(), planted); });
}

// Runs as PID 1 of the throw-away host: sets it up, then reaps until `inside` has ended.
[[noreturn]] void live(const groups& own, const std::function<int()>& inside) {
  try {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    own.enter();
    make_mounts(own);
    make_outside_network();
    const pid_t worker = sys::check("fork", "throw-away host", [] { return ::fork(); });
    if (worker == 0) {
      plant_descriptor();
      ::signal(SIGTSTP, SIG_IGN);  // no shell could continue it
      const int status = inside();
      std::fflush(nullptr);
      ::_exit(status);
    }
    int how = 0;
    pid_t ended = 0;
    while ((ended = ::waitpid(-1, &how, WUNTRACED)) != worker || WIFSTOPPED(how)) {
      if (ended == -1 && errno != EINTR) break;
      // After Ctrl-Z it is continued at once: no shell in here would do so.
      if (ended == worker) ::kill(worker, SIGCONT);
    }
    ::_exit(WIFSIGNALED(how) ? 128 + WTERMSIG(how) : WEXITSTATUS(how));
  } catch (const std::exception& failure) {
    const std::string text = fmt::format("throw-away host: {}\n", failure.what());
    [[maybe_unused]] const auto ignored =
        ::write(STDERR_FILENO, text.data(), text.size());
    ::_exit(125);
  }
}

// Ignores the signals of the terminal, which only processes in the host are to receive.
class ignored_terminal_signals {
 public:
  ignored_terminal_signals() {
    for (const int signal : signals) ::signal(signal, SIG_IGN);
  }
  ignored_terminal_signals(const ignored_terminal_signals&) = delete;
  ignored_terminal_signals& operator=(const ignored_terminal_signals&) = delete;
  ~ignored_terminal_signals() { reset(); }
  void reset() const {
    for (const int signal : signals) ::signal(signal, SIG_DFL);
  }

 private:
  static constexpr std::array signals{SIGINT, SIGQUIT, SIGTSTP};
};

}  // namespace

int throw_away_host(const std::function<int()>& inside) {
  std::fflush(nullptr);
  chroot::note();
  program_directory();  // remembered, since the host may have no path to it
  const groups own;
  const ignored_terminal_signals ignored;
  unique_fd pidfd;
  const pid_t first = clone3(
      quiet, CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID, -1,
      &pidfd);
  if (first == 0) {
    ignored.reset();
    live(own, inside);
  }
  const foreground lent(first);
  int how = 0;
  while (::waitpid(first, &how, 0) == -1 && errno == EINTR) {
  }
  return WIFSIGNALED(how) ? 128 + WTERMSIG(how) : WEXITSTATUS(how);
}

bool is_throw_away() { return exists(marker); }

std::string outside_namespace() { return read_file(outside_file); }

}  // namespace zoomin::host
