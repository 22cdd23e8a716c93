// SPDX-License-Identifier: MIT
// Tests of the program step3: a container's own root file system.
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <thread>

#include "03-mnt/lab/demo_root.hpp"
#include "03-mnt/look.hpp"
#include "common/lab/lab_host.hpp"
#include "common/process.hpp"
#include "common/sys.hpp"
#include "steps/step.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"
#include "support/terminal.hpp"

using namespace zoomin;
using namespace zoomin::test;

namespace {

namespace fs = std::filesystem;

const std::string step3 = built("step3");
const std::string demo_root = built("rootfs");

// Makes a root with a shell, but without any mount point.
std::string bare_root(const scratch& here) {
  fs::create_directories(here / "root/bin");
  fs::copy_file(demo_root + "/bin/busybox", here / "root/bin/busybox");
  for (const char* applet : {"sh", "ls", "cat", "ps", "true", "mount"})
    fs::create_symlink("busybox", here / "root/bin/" + applet);
  return here / "root";
}

run_result run_in(const std::string& root, const std::string& line) {
  return run({step3, "-q", "--rootfs", root, "--", "sh", "-c", line});
}

run_result run_with(const std::vector<std::string>& options, const std::string& line) {
  std::vector<std::string> result{step3, "-q"};
  result.insert(result.end(), options.begin(), options.end());
  result.insert(result.end(), {"--", "sh", "-c", line});
  return run(result);
}

std::string mount_table() { return sys::read_file("/proc/self/mountinfo"); }

std::string option_of(pid_t pid, const std::string& path) {
  for (const auto& mount : mnt::mount_table(pid))
    if (mount.at == path) return mount.options.substr(0, 2);
  return "no mount";
}

// Waits until the kernel has removed a namespace's links, a moment after its processes.
void wait_for_links_to_end() {
  const auto has_links = [] {
    return std::ranges::any_of(sys::list_directory("/sys/class/net"),
                               [](const auto& name) { return name.starts_with("veth"); });
  };
  for (int i = 0; i < 100 && has_links(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
}

}  // namespace

TEST_CASE("step3: the message about a wrong option comes alone", "[step3]") {
  check_that_errors_come_alone(
      step3, {{"--rootfs", "/no/such/directory"},
              {"--rootfs", "/"},
              {"--mount", "type=bind"},
              {"--mount", "type=bind,source=/no/such/directory,target=/mnt"},
              {"--ip", "x"}});
}

TEST_CASE("the self-check of step3 holds", "[step3]") { check_self_check(step3); }

TEST_CASE("ps shows the container's processes", "[step3]") {
  const auto result = run({step3, "-q", "--", "ps", "-o", "pid,args"});
  CHECK(result.output == "PID   COMMAND\n    1 ps -o pid,args\n");
  CHECK(result.status == 0);
}

TEST_CASE("without arguments it narrates, and starts a shell in the demo root",
          "[step3]") {
  terminal tty({step3});
  const std::string before = tty.expect("/ # ");
  for (const char* text : {"clone3 ", "new namespaces: pid, uts, net, mnt",
                           "pivot_root +2", "views of the kernel: /proc, /sys"})
    CHECK(before.find(text) != std::string::npos);
  tty.type("echo $$ $(hostname) $(ls /bin | wc -l)\n");
  tty.expect("1 box ");
  tty.type("sh -c 'echo be''gan; exec sleep 60'\n");
  tty.expect("began");
  tty.type("\x03");
  tty.type("echo $?\n");
  tty.expect("130");
  tty.type("exit 4\n");
  tty.expect("after the end:");
  CHECK(tty.end() == 4);
}

TEST_CASE("the container has its own root, and none of the host's files", "[step3]") {
  const scratch here;
  write_file(here / "secret", "the host's\n");
  const auto result =
      run_with({}, "ls /; cat " + (here / "secret") + "; cat /../../../.." +
                       (here / "secret") + "; cat /proc/1/root" + (here / "secret") +
                       "; cat /proc/self/cwd/.." + (here / "secret"));
  CHECK(result.output ==
        "bin\ndev\netc\nhome\nmnt\nproc\nroot\nrun\nsys\ntmp\nusr\nvar\n");
  CHECK(result.errors.find("the host's") == std::string::npos);
}

TEST_CASE("the host's mount table never changes", "[step3]") {
  const std::string before = mount_table();
  {
    subprocess program({step3, "-q", "--", "sh", "-c", "echo ready; read -r end"});
    program.first_process();
    CHECK(mount_table() == before);
    program.end();
  }
  CHECK(mount_table() == before);
}

TEST_CASE("later mounts of the host don't propagate to the container", "[step3]") {
  const scratch here;
  fs::create_directories(here / "later");
  subprocess program({step3, "-q", "--mount",
                      "type=bind,source=" + here.path() + ",target=/mnt", "--", "sh",
                      "-c", "echo ready; read -r line; ls /mnt/later"});
  program.first_process();
  REQUIRE(::mount("later", (here / "later").c_str(), "tmpfs", 0, nullptr) == 0);
  write_file(here / "later/file", "");
  program.write("go\n");
  CHECK(program.end() == 0);
  CHECK(program.output().empty());
  ::umount2((here / "later").c_str(), MNT_DETACH);
}

TEST_CASE("/dev has the standard nodes", "[step3]") {
  const auto result = run_with(
      {},
      "echo x > /dev/null && head -c 3 /dev/zero | wc -c &&"
      " head -c 3 /dev/urandom | wc -c && head -c 3 /dev/random | wc -c &&"
      " ! echo x > /dev/full 2>/dev/null && echo y > /dev/shm/f &&"
      " echo z | cat /dev/stdin && echo out > /dev/stdout && ls /dev/fd/ | head -n 1");
  CHECK(result.output == "3\n3\n3\nz\nout\n0\n");
  CHECK(result.status == 0);
}

TEST_CASE("the first terminal opened in the container is /dev/pts/0", "[step3]") {
  const auto result =
      run_with({}, "script -q -c 'tty' /dev/null 2>/dev/null || ls /dev/pts");
  CHECK((result.output.find("/dev/pts/0") != std::string::npos ||
         result.output == "ptmx\n"));
}

TEST_CASE("a chmod of /dev/null in the container doesn't change the host's", "[step3]") {
  struct stat before {};
  struct stat after {};
  ::stat("/dev/null", &before);
  CHECK(run_with({}, "chmod 600 /dev/null && rm /dev/zero").status == 0);
  ::stat("/dev/null", &after);
  CHECK(before.st_mode == after.st_mode);
  CHECK(sys::exists("/dev/zero"));
}

TEST_CASE("/sys is read-only", "[step3]") {
  const auto result = run_with({}, "mkdir /sys/fs/cgroup/x");
  CHECK(result.status != 0);
}

TEST_CASE("the environment is clean, and the umask is 022", "[step3]") {
  const auto result = shell(
      "umask 077; SECRET=of-the-host TERM=vt100 step3 -q --hostname den -- env; "
      "umask 077; step3 -q -- sh -c umask");
  CHECK(result.output ==
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n"
        "HOME=/root\nHOSTNAME=den\nTERM=vt100\n0022\n");
}

TEST_CASE("the demo root is read-only, /tmp is writable", "[step3]") {
  const auto result =
      run_with({}, "touch /tmp/a /root/b /run/c && ! touch /d 2>/dev/null && ls /tmp");
  CHECK(result.output == "a\n");
  CHECK(result.status == 0);
  CHECK(run_with({}, "ls /tmp /root /run").output == "/root:\n\n/run:\n\n/tmp:\n");
}

TEST_CASE("a --rootfs is writable without --read-only", "[step3]") {
  const scratch here;
  const std::string root = bare_root(here);
  CHECK(run_in(root, "echo text > /file").status == 0);
  CHECK(sys::read_file(root + "/file") == "text\n");
  const auto result = run_with({"--rootfs", root, "--read-only"},
                               "echo more >> /file; echo x > /dev/null");
  CHECK(result.errors.find("Read-only file system") != std::string::npos);
  CHECK(sys::read_file(root + "/file") == "text\n");
}

TEST_CASE("missing mount points /proc, /sys and /dev are made", "[step3]") {
  const scratch here;
  const std::string root = bare_root(here);
  const auto result =
      run_in(root, "ps > /dev/shm/ps; wc -l < /dev/shm/ps; ls /dev | wc -l; ls /etc");
  INFO(result.errors);
  CHECK(result.output.starts_with("3\n13\n"));
  for (const char* path : {"/proc", "/sys", "/dev"}) CHECK(fs::is_empty(root + path));
  CHECK_FALSE(sys::exists(root + "/etc"));  // not needed, so not made
}

TEST_CASE("a missing mount point in a read-only root causes one line", "[step3]") {
  const scratch here;
  const std::string root = bare_root(here);
  ::mount(root.c_str(), root.c_str(), nullptr, MS_BIND, nullptr);
  ::mount(nullptr, root.c_str(), nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr);
  // The file system itself must be read-only: a flag of the mount would be copied to the
  // new bind.
  const auto result = run_in(root, "true");
  ::umount2(root.c_str(), MNT_DETACH);
  INFO(result.errors);
  CHECK(result.status == 125);
  CHECK(lines_without_hints(result.errors) == 1);
  CHECK(result.errors.starts_with("step3: mkdir(/proc): Read-only file system\nhint: "));
}

TEST_CASE("files instead of directories cause one line", "[step3]") {
  const scratch here;
  const std::string root = bare_root(here);
  write_file(root + "/proc", "");
  const auto result = run_in(root, "true");
  CHECK(result.status == 125);
  CHECK(result.errors.starts_with("step3: openat2(/proc): Not a directory\nhint: "));
}

TEST_CASE("a --mount binds files and directories, with all mounts below them",
          "[step3]") {
  const scratch here;
  fs::create_directories(here / "data/below");
  REQUIRE(::mount("below", (here / "data/below").c_str(), "tmpfs", 0, nullptr) == 0);
  write_file(here / "data/below/deep", "deep\n");
  write_file(here / "file", "file\n");
  const std::string root = bare_root(here);
  const std::string data = "source=" + (here / "data");
  {
    subprocess program(
        {step3, "-q", "--rootfs", root, "--mount", "type=bind,target=/a," + data,
         "--mount", "type=bind,target=/deep/er/b,readonly," + data, "--mount",
         "type=bind,target=/c,ro,source=" + (here / "file"), "--", "sh", "-c",
         "cat /a/below/deep /deep/er/b/below/deep /c; echo new > /a/below/new;"
         " echo no > /deep/er/b/below/no; echo no > /c; echo ready; read -r end"});
    CHECK(program.line() == "deep");
    CHECK(program.line() == "deep");
    CHECK(program.line() == "file");
    const pid_t first = program.first_process();
    CHECK(option_of(first, "/a") == "rw");
    CHECK(option_of(first, "/a/below") == "rw");
    CHECK(option_of(first, "/deep/er/b") == "ro");
    CHECK(option_of(first, "/deep/er/b/below") == "ro");
    CHECK(option_of(first, "/c") == "ro");
    program.end();
  }
  CHECK(sys::exists(here / "data/below/new"));
  CHECK_FALSE(sys::exists(here / "data/below/no"));
  CHECK(sys::read_file(here / "file") == "file\n");
  ::umount2((here / "data/below").c_str(), MNT_DETACH);
}

TEST_CASE("a --mount replaces a generated file", "[step3]") {
  const scratch here;
  write_file(here / "own", "mine\n");
  for (const std::string file : {"/etc/hosts", "/etc/hostname", "/etc/resolv.conf"})
    CHECK(run_with({"--mount", "type=bind,target=" + file + ",source=" + (here / "own")},
                   "cat " + file)
              .output == "mine\n");
}

TEST_CASE("a tmpfs ends with the container", "[step3]") {
  const auto* line = "echo x > /mnt/file; ls /mnt";
  CHECK(run_with({"--mount", "type=tmpfs,target=/mnt"}, line).output == "file\n");
  CHECK(run_with({"--mount", "type=tmpfs,target=/mnt,readonly"}, line).output.empty());
  CHECK(fs::is_empty(demo_root + "/mnt"));
}

TEST_CASE("50 containers share the demo root, each with its own /tmp", "[step3]") {
  const auto result = shell(
      "for i in $(seq 50); do"
      "  step3 -q -- sh -c \"echo $i > /tmp/f; sleep 0.2; cat /tmp/f\" & done; wait",
      100);
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < result.output.size();) {
    const auto end = result.output.find('\n', at);
    lines.push_back(result.output.substr(at, end - at));
    at = end + 1;
  }
  std::ranges::sort(lines);
  CHECK(std::ranges::adjacent_find(lines) == lines.end());
  CHECK(lines.size() == 50);
  CHECK(result.errors.empty());
  wait_for_links_to_end();
}

// --- links in the root that would lead outside ---

namespace {

// A directory of the host that a misled mount, or its mount point, would change.
struct canary {
  explicit canary(const scratch& here) : path(here / "canary") {
    fs::create_directories(path);
    write_file(path + "/resolv.conf", "untouched\n");
  }
  void is_untouched() const {
    CHECK(sys::list_directory(path) == std::vector<std::string>{"resolv.conf"});
    CHECK(sys::read_file(path + "/resolv.conf") == "untouched\n");
  }
  std::string path;
};

// Returns the forms of a link that leads to `path` on the host.
std::vector<std::string> ways_out(const std::string& path) {
  return {path,
          "../../../../../../../../../.." + path,
          "/proc/1/root" + path,
          "/proc/self/root" + path,
          "/proc/self/cwd/../../../../.." + path,
          "/proc/thread-self/root" + path,
          "../../proc/1/root" + path};
}

}  // namespace

TEST_CASE("no link in the root leads a mount outside", "[step3]") {
  const scratch here;
  const canary outside(here);
  const std::string before = mount_table();
  int started = 0;
  for (const char* name : {"proc", "sys", "dev", "etc", "etc/resolv.conf", "mnt", "a"})
    for (const auto& way : ways_out(outside.path)) {
      INFO(name << " -> " << way);
      const scratch directory;
      const std::string root = bare_root(directory);
      fs::create_directories(root + "/etc");
      fs::remove(root + "/" + name);
      fs::create_directory_symlink(way, root + "/" + name);
      const auto result = run_with({"--rootfs", root, "--mount", "type=tmpfs,target=/mnt",
                                    "--mount", "type=tmpfs,target=/a/b"},
                                   "echo in");
      if (result.status == 0) {
        CHECK(result.output == "in\n");
        ++started;
      } else {
        CHECK(result.status == 125);
        CHECK(lines_without_hints(result.errors) == 1);
        CHECK(result.errors.find("hint: ") != std::string::npos);
      }
      outside.is_untouched();
      CHECK(mount_table() == before);
    }
  CHECK(started >= 10);  // ordinary links lead to a path in the root
}

TEST_CASE("a link within the root is followed", "[step3]") {
  const scratch here;
  const std::string root = bare_root(here);
  fs::create_directories(root + "/etc");
  fs::create_symlink("../run/systemd/resolve/stub-resolv.conf",
                     root + "/etc/resolv.conf");
  fs::create_symlink("/elsewhere/dev", root + "/dev");
  subprocess program(
      {step3, "-q", "--rootfs", root, "--", "sh", "-c", "echo ready; read -r end"});
  const pid_t first = program.first_process();
  CHECK(option_of(first, "/run/systemd/resolve/stub-resolv.conf") == "rw");
  CHECK(option_of(first, "/elsewhere/dev") == "rw");
  CHECK(option_of(first, "/elsewhere/dev/pts") == "rw");
  program.end();
}

TEST_CASE("swapping a directory and a link in a race leads no mount outside", "[step3]") {
  const scratch here;
  const canary outside(here);
  const std::string root = bare_root(here);
  fs::create_directories(root + "/etc");
  fs::create_directories(root + "/dev");
  fs::create_directories(root + outside.path);  // where the link leads in the root
  fs::create_directory_symlink("../../../../../.." + outside.path, root + "/swap");
  struct statfs info {};
  REQUIRE(::statfs(root.c_str(), &info) == 0);
  const int root_is_tmpfs = info.f_type == TMPFS_MAGIC ? 1 : 0;
  std::atomic<bool> over = false;
  std::thread swapper([&] {
    // The pace varies: a start takes some milliseconds, and a few must succeed.
    for (int i = 0; !over; ++i) {
      std::this_thread::sleep_for(std::chrono::microseconds(100 * (i % 60)));
      for (const char* name : {"/dev", "/etc"})
        ::renameat2(AT_FDCWD, (root + name).c_str(), AT_FDCWD, (root + "/swap").c_str(),
                    RENAME_EXCHANGE);
    }
  });
  int started = 0;
  for (int i = 0; i < 50; ++i) {
    subprocess program({step3, "-q", "--rootfs", root, "--mount",
                        "type=tmpfs,target=/etc/a/b", "--", "/bin/sh", "-c",
                        "echo ready; read -r end"});
    try {
      // Each mount must be in the container, so that none is anywhere else.
      const auto table = mnt::mount_table(program.first_process());
      const auto of_type = [&](const char* type) {
        return std::ranges::count(table, type, &mnt::mounted::type);
      };
      CHECK(of_type("proc") == 1);
      CHECK(of_type("sysfs") == 1);
      CHECK(of_type("devpts") == 1);
      // /dev, /dev/shm, three files in /etc, --mount; and / where /tmp is one.
      CHECK(of_type("tmpfs") == 6 + root_is_tmpfs);
      ++started;
      program.end();
    } catch (const check::failed&) {
      const std::string errors = program.errors();
      INFO(errors);
      CHECK(lines_without_hints(errors) <= 1);
      CHECK(program.end() == 125);
    }
  }
  over = true;
  swapper.join();
  CHECK(started > 0);
  outside.is_untouched();
}

// --- names ---

namespace {

// A name server in the outside network that answers each query with 192.0.2.77,
// RFC 1035, section 4.
pid_t start_name_server() {
  const pid_t server = ::fork();
  if (server != 0) return server;
  sys::setns(sys::quiet, sys::open(host::outside_namespace(), O_RDONLY).get(),
             CLONE_NEWNET);
  const int fd = ::socket(AF_INET, SOCK_DGRAM, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(53);
  ::inet_pton(AF_INET, "198.51.100.1", &at.sin_addr);
  if (::bind(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0) ::_exit(1);
  while (true) {
    std::string packet(512, '\0');
    sockaddr_in from{};
    socklen_t size = sizeof from;
    const auto got = ::recvfrom(fd, packet.data(), packet.size(), 0,
                                reinterpret_cast<sockaddr*>(&from), &size);
    if (got < 12) ::_exit(1);
    packet.resize(static_cast<std::size_t>(got));
    const bool asks_for_ipv4 = packet[packet.size() - 3] == 1;
    packet[2] = '\x81';
    packet[3] = '\x80';
    packet[7] = asks_for_ipv4 ? 1 : 0;
    if (asks_for_ipv4)
      packet += std::string("\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04\xc0\0\x02\x4d", 16);
    ::sendto(fd, packet.data(), packet.size(), 0, reinterpret_cast<sockaddr*>(&from),
             size);
  }
}

// Covers a file of this host with other content while it exists.
class overlaid {
 public:
  overlaid(const std::string& file, const std::string& over) : over_(over) {
    sys::mount(sys::quiet, file, over, "", MS_BIND);
  }
  overlaid(const overlaid&) = delete;
  overlaid& operator=(const overlaid&) = delete;
  ~overlaid() { ::umount2(over_.c_str(), MNT_DETACH); }

 private:
  std::string over_;
};

}  // namespace

TEST_CASE("names resolve in the container if they do on the host", "[step3]") {
  const scratch here;
  write_file(here / "resolv.conf", "nameserver 198.51.100.1\n");
  const pid_t server = start_name_server();
  {
    const overlaid ours(here / "resolv.conf", "/etc/resolv.conf");
    const auto result = run({step3, "-q", "--", "nslookup", "example.test"});
    INFO(result.output << result.errors);
    CHECK(result.output.find("192.0.2.77") != std::string::npos);
  }
  ::kill(server, SIGKILL);
  ::waitpid(server, nullptr, 0);
}

TEST_CASE("the servers behind systemd-resolved are used", "[step3]") {
  const scratch here;
  write_file(here / "resolv.conf", "nameserver 127.0.0.53\noptions edns0\n");
  const overlaid ours(here / "resolv.conf", "/etc/resolv.conf");
  fs::create_directories("/run/systemd/resolve");
  write_file("/run/systemd/resolve/resolv.conf", "nameserver 198.51.100.1\n");
  CHECK(run_with({}, "cat /etc/resolv.conf").output == "nameserver 198.51.100.1\n");
  fs::remove_all("/run/systemd");
  const auto result = run({step3, "--", "cat", "/etc/resolv.conf"});
  CHECK(result.output == "nameserver 127.0.0.53\noptions edns0\n");
  CHECK(result.errors.find("can't be reached from here") != std::string::npos);
}

TEST_CASE("the container knows its own name and address", "[step3]") {
  const auto result = run_with({"--hostname", "den", "--ip", "10.79.0.99"},
                               "hostname -i; cat /etc/hostname; grep den /etc/hosts");
  CHECK(result.output == "10.79.0.99\nden\n10.79.0.99\tden\n");
}

TEST_CASE("writing to /etc/resolv.conf doesn't change the host's", "[step3]") {
  const std::string before = sys::read_file("/etc/resolv.conf");
  CHECK(run_with({}, "echo mine > /etc/resolv.conf; cat /etc/resolv.conf").output ==
        "mine\n");
  CHECK(sys::read_file("/etc/resolv.conf") == before);
  CHECK(sys::read_file(demo_root + "/etc/resolv.conf").empty());
}

// --- failures ---

TEST_CASE("invalid options cause one line, a hint and status 125", "[step3]") {
  const auto refused = [](const std::vector<std::string>& options) {
    check_refused(step3, options, "hint: ");
  };
  refused({"--rootfs", "/no/such/directory"});
  refused({"--rootfs", "/etc/passwd"});
  refused({"--rootfs", ""});
  refused({"--rootfs", "/"});
  refused({"--mount", "nonsense"});
  refused({"--mount", "type=bind,source=/no/such,target=/mnt"});
  refused({"--mount", "type=volume,source=x,target=/mnt"});
  refused({"--mount", "type=tmpfs,target=/"});
  refused({"--mount", "type=tmpfs,target=relative"});
}

TEST_CASE("the status is 126 or 127 for a command that can't be run or is missing",
          "[step3]") {
  const scratch here;
  const std::string root = bare_root(here);
  write_file(root + "/plain", "no program");
  write_file(root + "/garbage",
             "\x7f"
             "ELF of some other machine");
  write_file(root + "/lost", "#!/no/such/interpreter\n");
  for (const char* name : {"/garbage", "/lost"}) ::chmod((root + name).c_str(), 0755);
  const auto status_of = [&](const std::string& command) {
    const auto result = run({step3, "-q", "--rootfs", root, "--", command});
    INFO(result.errors);
    CHECK(lines_without_hints(result.errors) == 1);
    CHECK(result.errors.starts_with("step3: execve("));
    return result.status;
  };
  CHECK(status_of("no-such-command") == 127);
  CHECK(status_of("/usr/bin/env") == 127);  // the host has it, the root doesn't
  CHECK(status_of("/lost") == 127);
  CHECK(status_of("/plain") == 126);
  CHECK(status_of("/garbage") == 126);
  CHECK(status_of("/bin") == 126);
  CHECK(status_of("") == 127);
}

TEST_CASE("the status is 126 for an argument list that is too long", "[step3]") {
  const std::string item(std::size_t{100} * 1024, 'x');
  std::vector<std::string> arguments{step3, "-q", "--", "echo"};
  // It is too long only together with the environment that step3 adds.
  for (int i = 0; i < 19; ++i) arguments.push_back(item);
  const auto fits = run(arguments);
  CHECK(fits.status == 0);
  const auto refused = shell(
      "strace -f -o /dev/null -e trace=execve"
      " -e inject=execve:error=E2BIG:when=1 step3 -q -- true");
  CHECK(refused.status == 126);
  CHECK(refused.errors.find("Argument list too long") != std::string::npos);
}

TEST_CASE("an error of the kernel names the call, and nothing is left over", "[step3]") {
  for (const char* call : {"mount", "pivot_root", "umount2", "openat2", "mknodat",
                           "mount_setattr", "fchdir", "symlinkat"}) {
    const auto result = shell(std::string("strace -f -o /dev/null -e trace=") + call +
                              " -e inject=" + call + ":error=EPERM step3 -q -- true");
    INFO(call << ": " << result.errors);
    CHECK(result.status == 125);
    CHECK(lines_without_hints(result.errors) == 1);
    CHECK(result.errors.find(std::string("step3: ") + call + "(") == 0);
    CHECK(result.errors.find("hint: ") != std::string::npos);
  }
}

TEST_CASE("a program killed at any call of the start leaves nothing", "[step3]") {
  for (const char* call : {"mount", "pivot_root", "umount2", "mknodat", "mkdirat"})
    for (const char* when : {"1", "2", "4"})
      shell(std::string("strace -f -o /dev/null -e trace=") + call +
            " -e inject=" + call + ":signal=KILL:when=" + when + " step3 -q -- true");
  // The next container cleans up the network of killed ones.
  CHECK(run({step3, "-q", "--", "true"}).status == 0);
}

TEST_CASE("a run with --skip doesn't change this host", "[step3]") {
  const std::string before = mount_table();
  for (const char* name :
       {"private", "clone3.mnt", "pivot", "pivot.detach", "rootfs", "proc"})
    shell(std::string("step3 -q --skip ") + name + " -- true");
  CHECK(mount_table() == before);
  CHECK(sys::exists("/etc/passwd"));
}

TEST_CASE("step2 fails exactly the mount facts of the self-check", "[step3]") {
  const auto result = run({step3, "--json", "--self-check=" + built("step2")}, 240);
  INFO(result.output);
  CHECK(result.status == 1);
  std::istringstream lines(result.output);
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    const bool new_fact = line.starts_with(R"({"mechanism":"mnt",)");
    CHECK(line.find(new_fact ? R"("holds":false)" : R"("holds":true)") !=
          std::string::npos);
  }
}

TEST_CASE("the self-check begins with a verdict, counts repeated reasons and facts",
          "[step3]") {
  const auto result = run({step3, "--self-check", "--skip", "private"}, 240);
  INFO(result.output);
  CHECK(result.status == 1);
  CHECK(result.output.starts_with("Begin here: mnt: "));
  for (const char* text :
       {"pivot_root(.): Invalid argument\nhint: is the whole mount tree "
        "private (MS_REC), and is the new root a mount of its own?\n",
        " more facts fail for the same reason: ", " of 64 facts hold\n"})
    CHECK(result.output.find(text) != std::string::npos);
}

TEST_CASE("a later namespace of the same number isn't mistaken for a leftover",
          "[step3]") {
  const std::vector<std::string> alone{"unshare", "-m", "sh", "-c",
                                       "echo ready; exec sleep 60"};
  check::subprocess box(alone);
  REQUIRE(box.line() == "ready");
  const auto its = mnt::hold_namespace(box.program());
  CHECK(mnt::leftovers(its).exists);
  box.kill(SIGKILL);
  box.end();
  check::subprocess later(alone);
  REQUIRE(later.line() == "ready");
  CHECK_FALSE(mnt::leftovers(its).exists);
}
