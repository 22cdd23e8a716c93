// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "03-mnt/defaults.hpp"
#include "03-mnt/lab/check.hpp"
#include "03-mnt/lab/demo_root.hpp"
#include "03-mnt/look.hpp"
#include "03-mnt/mnt.hpp"
#include "common/process.hpp"
#include "common/sys.hpp"

namespace zoomin::mnt {

namespace {

namespace fs = std::filesystem;
using check::expect;
using check::subject;

const std::vector<std::string> idle{"sh", "-c", "echo ready; read -r end"};

// Returns the host's path of a file in the container. Links in it must not be followed.
std::string seen(pid_t pid, const std::string& path) {
  return fmt::format("/proc/{}/root{}", pid, path);
}

std::string content(pid_t pid, const std::string& path) {
  return sys::read_file(seen(pid, path));
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

struct stat status_of(const std::string& path) {
  struct stat found {};
  sys::check("lstat", path, [&] { return ::lstat(path.c_str(), &found); });
  return found;
}

bool same_file(const std::string& text, const std::string& other) {
  const auto a = status_of(text), b = status_of(other);
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

// Returns the mount at `path`. Throws `failed` if there is none.
mounted mount_at(pid_t pid, const std::string& path) {
  const auto table = mount_table(pid);
  const auto found = std::ranges::find(table, path, &mounted::at);
  expect(found != table.end(), fmt::format("nothing is mounted on {}", path));
  return *found;
}

void expect_options(const mounted& mounted, const std::vector<std::string>& options) {
  for (const auto& option : options)
    expect(fmt::format(",{},", mounted.options).find("," + option + ",") !=
               std::string::npos,
           fmt::format("{} is {}, not {}", mounted.at, mounted.options, option));
}

class scratch : public check::scratch {
 public:
  // Makes a root with a shell, and with a name by which it is recognized, also through an
  // overlay (step 5).
  [[nodiscard]] std::string bare_root() const {
    const std::string root = *this / "root";
    fs::create_directories(root + "/bin");
    fs::create_directories(root + "/this-very-root");
    fs::copy_file(demo_root() + "/bin/busybox", root + "/bin/sh");
    return root;
  }
};

void own_namespace() {
  subject container({}, idle);
  const pid_t first = container.first_process();
  expect(
      look::namespace_number(first, "mnt") != look::namespace_number(::getpid(), "mnt"),
      "its mnt namespace is the host's");
}

void another_root() {
  subject container({}, idle);
  const pid_t first = container.first_process();
  expect(!same_file(seen(first, "/."), "/"), "its / is the host's");
  expect(same_file(seen(first, "/."), fmt::format("/proc/{}/cwd/.", first)),
         "it doesn't start in /");
}

std::string identity(const std::string& directory) {
  const auto found = status_of(directory);
  return fmt::format("{}:{}", found.st_dev, found.st_ino);
}

// After a chroot(2) the namespace's root is still the host's. setns(2) goes there.
void host_root_is_gone() {
  subject container({}, idle);
  const pid_t first = container.first_process();
  expect(!same_file(seen(first, "/."), "/"), "its / is the host's");
  const std::string entered =
      look::from_inside(first, CLONE_NEWNS, [] { return identity("/."); });
  expect(entered == identity(seen(first, "/.")),
         "a program that enters its mount namespace is in another root");
}

// Makes the attack against chroot(2) that its man page describes: a process whose working
// directory is outside its root can go up from there.
std::string root_after_the_walk(int root) {
  sys::check("fchdir", "its root", [&] { return ::fchdir(root); });
  sys::check("chroot", "its root", [] { return ::chroot("."); });
  sys::check("chroot", "its /proc", [] { return ::chroot("proc"); });
  for (int i = 0; i < 64; ++i) sys::check("chdir", "..", [] { return ::chdir(".."); });
  sys::check("chroot", "..", [] { return ::chroot("."); });
  return identity("/.");
}

void chroot_leads_nowhere() {
  subject container({}, idle);
  const pid_t first = container.first_process();
  expect(!same_file(seen(first, "/."), "/"), "its / is the host's");
  const auto root = sys::open(seen(first, "/."), O_PATH | O_DIRECTORY);
  const std::string reached = look::from_inside(
      first, CLONE_NEWNS, [&] { return root_after_the_walk(root.get()); });
  expect(reached == identity(seen(first, "/.")),
         "a second chroot leads out of its root, to the host's files");
}

// Lists all mounts that a container of any step may have. Each must exist only once: the
// host's old root would be a second "/", with all the host's mounts below it.
void no_mounts_of_the_host() {
  const std::set<std::string> ours{
      "/",    "/proc", "/sys",  "/dev",       "/dev/pts",      "/dev/shm",
      "/tmp", "/run",  "/root", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf"};
  subject container({}, idle);
  std::set<std::string> met;
  for (const auto& mount : mount_table(container.first_process())) {
    expect(ours.contains(mount.at) || mount.at.starts_with("/sys/fs/cgroup"),
           fmt::format("the host's {} is mounted in it", mount.at));
    expect(met.insert(mount.at).second, fmt::format("two mounts are on {}", mount.at));
    expect(!mount.shared, fmt::format("{} is shared with the host", mount.at));
    expect(!mount.slave, fmt::format("the host's mounts propagate to {}", mount.at));
  }
}

std::string new_lines(const std::string& before, const std::string& after) {
  std::istringstream lines(after);
  for (std::string line; std::getline(lines, line);)
    if (before.find(line + "\n") == std::string::npos) return line;
  return "something was unmounted";
}

void host_table_is_kept() {
  const auto table = [] { return sys::read_file("/proc/self/mountinfo"); };
  const std::string before = table();
  const auto unchanged = [&](const char* when) {
    const std::string now = table();
    expect(now == before, fmt::format("{} the host's mount table has: {}", when,
                                      new_lines(before, now)));
  };
  {
    subject container({}, idle);
    std::string trouble;
    try {
      const pid_t first = container.first_process();
      expect(sys::read_file(fmt::format("/proc/{}/mountinfo", first)) != before,
             "its mount table is the host's");
    } catch (const check::failed& why) {
      trouble = why.text;
    }
    unchanged("while it runs");
    expect(trouble.empty(), trouble);
    container.end();
  }
  unchanged("after its end");
}

void own_processes_in_proc() {
  subject container({}, {"sh", "-c", "sleep 60 & echo ready; read -r end"});
  const pid_t first = container.first_process();
  int shown = 0;
  for (const auto& name : sys::list_directory(seen(first, "/proc")))
    shown += name.find_first_not_of("0123456789") == std::string::npos ? 1 : 0;
  expect(shown == 2, fmt::format("its /proc shows {} processes, not its 2", shown));
  expect_options(mount_at(first, "/proc"), {"nosuid", "nodev", "noexec"});
}

void sys_is_read_only() {
  subject container({}, idle);
  const auto found = mount_at(container.first_process(), "/sys");
  expect(found.type == "sysfs", fmt::format("a {} is on /sys", found.type));
  expect_options(found, {"ro", "nosuid", "nodev", "noexec"});
}

void dev_is_complete() {
  subject container({}, idle);
  const pid_t first = container.first_process();
  const auto found = mount_at(first, "/dev");
  expect(found.type == "tmpfs", fmt::format("a {} is on /dev", found.type));
  expect_options(found, {"nosuid", "noexec"});
  const std::array nodes{std::tuple{"null", 1U, 3U},    std::tuple{"zero", 1U, 5U},
                         std::tuple{"full", 1U, 7U},    std::tuple{"random", 1U, 8U},
                         std::tuple{"urandom", 1U, 9U}, std::tuple{"tty", 5U, 0U}};
  for (const auto& [name, major, minor] : nodes) {
    const auto node = status_of(seen(first, fmt::format("/dev/{}", name)));
    expect(
        S_ISCHR(node.st_mode) && node.st_rdev == makedev(major, minor) &&
            (node.st_mode & 0777) == 0666,
        fmt::format("its /dev/{} isn't device {}:{} for everyone", name, major, minor));
  }
  const std::array links{
      std::pair{"fd", "/proc/self/fd"}, std::pair{"stdin", "/proc/self/fd/0"},
      std::pair{"stdout", "/proc/self/fd/1"}, std::pair{"stderr", "/proc/self/fd/2"},
      std::pair{"ptmx", "pts/ptmx"}};
  for (const auto& [name, points_to] : links) {
    const std::string path = seen(first, fmt::format("/dev/{}", name));
    expect(S_ISLNK(status_of(path).st_mode) && sys::read_link(path) == points_to,
           fmt::format("its /dev/{} isn't a link to {}", name, points_to));
  }
}

void own_terminals() {
  subject container({}, idle);
  const pid_t first = container.first_process();
  const auto found = mount_at(first, "/dev/pts");
  expect(found.type == "devpts", fmt::format("a {} is on /dev/pts", found.type));
  expect_options(found, {"nosuid", "noexec"});
  expect(status_of(seen(first, "/dev/pts")).st_dev != status_of("/dev/pts").st_dev,
         "its terminals are the host's");
  expect((status_of(seen(first, "/dev/pts/ptmx")).st_mode & 0777) == 0666,
         "not everyone may open a terminal");
}

void shared_memory() {
  subject container({}, idle);
  const pid_t first = container.first_process();
  expect_options(mount_at(first, "/dev/shm"), {"nosuid", "nodev", "noexec"});
  struct statfs size {};
  ::statfs(seen(first, "/dev/shm").c_str(), &size);
  const auto mib = size.f_blocks * static_cast<std::uint64_t>(size.f_bsize) >> 20;
  expect(mib == 64, fmt::format("its /dev/shm has {} MiB, not 64", mib));
}

void etc_files() {
  subject container({"--hostname", "a-name", "--ip", "10.79.7.9"}, idle);
  const pid_t first = container.first_process();
  expect(content(first, "/etc/hostname") == "a-name\n",
         "its /etc/hostname doesn't hold its name");
  expect(content(first, "/etc/hosts").find("10.79.7.9\ta-name\n") != std::string::npos,
         "its /etc/hosts doesn't have its address and name");
  expect(content(first, "/etc/resolv.conf") == resolvers(),
         "its /etc/resolv.conf isn't what works here");
}

// A shell's files must not reach the shared root. (If the shell isn't busybox, this is
// the host's root, and nothing is written.)
void demo_root_is_kept() {
  const std::string line =
      "[ \"$(readlink /bin/sh)\" = busybox ] && touch /tmp/f /run/f /root/f && "
      "{ touch /f 2>/dev/null; true; }";
  const auto result = check::run({}, {"sh", "-c", line});
  expect(result.status == 0, "it can't write to /tmp, /run and /root");
  for (const char* name : {"/tmp/f", "/run/f", "/root/f", "/f"})
    expect(!fs::remove(demo_root() + name),  // the next check begins with a clean one
           fmt::format("it wrote {} to the shared root", name));
}

void read_only_root() {
  const scratch here;
  subject container({"--rootfs", here.bare_root(), "--read-only"}, idle);
  const pid_t first = container.first_process();
  expect_options(mount_at(first, "/"), {"ro"});
  expect(sys::exists(seen(first, "/this-very-root")), "its / isn't the --rootfs");
}

void binds() {
  const scratch here;
  fs::create_directories(here / "shared/below");
  ::mount("below", (here / "shared/below").c_str(), "tmpfs", 0, nullptr);
  std::ofstream(here / "shared/file") << "text\n";
  {
    subject container(
        {"--mount", "type=bind,source=" + (here / "shared") + ",target=/mnt", "--mount",
         "type=bind,readonly,src=" + (here / "shared") + ",dst=/home"},
        idle);
    const pid_t first = container.first_process();
    for (const char* path : {"/mnt", "/home"})
      expect(same_file(seen(first, std::string(path) + "/file"), here / "shared/file"),
             fmt::format("{} isn't the host's directory", path));
    expect_options(mount_at(first, "/mnt"), {"rw"});
    expect_options(mount_at(first, "/home"), {"ro"});
    expect_options(mount_at(first, "/home/below"), {"ro"});
  }
  ::umount2((here / "shared/below").c_str(), MNT_DETACH);
}

void tmpfs_mount() {
  subject container({"--mount", "type=tmpfs,target=/mnt"}, idle);
  const auto found = mount_at(container.first_process(), "/mnt");
  expect(found.type == "tmpfs", fmt::format("a {} is on /mnt", found.type));
  expect_options(found, {"nosuid", "nodev"});
}

void bare_root_works() {
  const scratch here;
  subject container({"--rootfs", here.bare_root()}, idle);
  const pid_t first = container.first_process();
  expect(sys::exists(seen(first, "/this-very-root")), "its / isn't the --rootfs");
  for (const char* path : {"/proc", "/sys", "/dev", "/dev/pts", "/dev/shm"})
    mount_at(first, path);
  container.end();
  for (const auto& file : fs::recursive_directory_iterator(here / "root")) {
    const std::string name = file.path().string().substr((here / "root").size());
    expect(std::set<std::string>{"/bin", "/bin/sh", "/this-very-root", "/proc", "/sys",
                                 "/dev"}
               .contains(name),
           fmt::format("it has left {} in the --rootfs", name));
  }
}

// The links would lead outside if they weren't resolved in the root.
void links_stay_inside() {
  const scratch here;
  const std::string root = here.bare_root();
  fs::create_directories(here / "outside");
  fs::create_symlink("../../../../../../.." + (here / "outside"), root + "/dev");
  fs::create_symlink("../outside", root + "/etc");
  const auto result = check::run({"--rootfs", root}, {"sh", "-c", "echo in"});
  expect(result.output == "in\n",
         fmt::format("it doesn't run: {}", first_line(result.errors)));
  fs::remove(root + "/sys");
  fs::create_symlink(here / "outside", root + "/sys");
  expect(check::run({"--rootfs", root}, {"true"}).status == 125,
         "it runs with a /sys that is a link");
  expect(fs::is_empty(here / "outside"), "something was made outside its root");
}

void environment_is_clean() {
  ::setenv("ZOOMIN_CHECK_OF_THE_HOSTS", "secret", 1);
  subject container({}, idle);
  std::istringstream variables(
      sys::read_file(fmt::format("/proc/{}/environ", container.first_process())));
  ::unsetenv("ZOOMIN_CHECK_OF_THE_HOSTS");
  for (std::string entry; std::getline(variables, entry, '\0');) {
    const std::string name = entry.substr(0, entry.find('='));
    expect(name == "PATH" || name == "HOME" || name == "HOSTNAME" || name == "TERM",
           fmt::format("it has the host's variable {}", name));
  }
}

}  // namespace

std::vector<check::fact> proofs() {
  return {
      {"mnt", "the container has its own mount namespace", own_namespace},
      {"mnt", "its / isn't the host's, and it starts there", another_root},
      {"mnt", "its mount namespace has no other root", host_root_is_gone},
      {"mnt", "no second chroot leads out of its root", chroot_leads_nowhere},
      {"mnt", "it has none of the host's mounts", no_mounts_of_the_host},
      {"mnt", "the host's mount table never changes", host_table_is_kept},
      {"mnt", "its /proc shows its own processes only", own_processes_in_proc},
      {"mnt", "its /sys is read-only", sys_is_read_only},
      {"mnt", "its /dev has the standard nodes and links", dev_is_complete},
      {"mnt", "its /dev/pts has its own terminals", own_terminals},
      {"mnt", "its /dev/shm has 64 MiB", shared_memory},
      {"mnt", "its /etc has its name and DNS servers", etc_files},
      {"mnt", "/tmp, /run and /root are writable, and the demo root doesn't change",
       demo_root_is_kept},
      {"mnt", "a --rootfs can be read-only", read_only_root},
      {"mnt", "a host directory can be bound, also read-only with all below it", binds},
      {"mnt", "a tmpfs can be mounted anywhere", tmpfs_mount},
      {"mnt", "a root without /proc, /sys and /dev gets these, and nothing else",
       bare_root_works},
      {"mnt", "no symbolic link in the root leads a mount outside", links_stay_inside},
      {"mnt", "it has none of the caller's environment", environment_is_clean},
  };
}

}  // namespace zoomin::mnt
