// SPDX-License-Identifier: MIT
// final_check: proves the facts of the last chapter about zoomin, as --self-check proves
// those of a step: in a throw-away host, and from the kernel's point of view.
//
//   final_check [--fail-fast] [--json] [RUN-OPTION…]
//
// The options are given to each `zoomin run`: with --privileged the report shows how much
// that flag opens.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "03-mnt/look.hpp"
#include "04-cgroups/look.hpp"
#include "common/lab/check.hpp"
#include "common/lab/lab_host.hpp"
#include "common/paths.hpp"
#include "common/process.hpp"
#include "common/sys.hpp"

using namespace zoomin;
using check::expect;

namespace {

using words = std::vector<std::string>;

// The mask of CHOWN 0, DAC_OVERRIDE 1, FOWNER 3, FSETID 4, KILL 5, SETGID 6, SETUID 7,
// SETPCAP 8, NET_BIND_SERVICE 10, SYS_CHROOT 18 and SETFCAP 31.
constexpr const char* eleven_capabilities = "00000000800405fb";
constexpr const char* no_capabilities = "0000000000000000";

words& common_run_options() {
  static words options;
  return options;
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

check::run_result run_zoomin(words arguments) {
  arguments.insert(arguments.begin(), program_directory() + "/zoomin");
  return check::run_to_end(arguments, 30);
}

words run_arguments(const words& options, const words& command) {
  words line{"run"};
  for (const words& part : {common_run_options(), options})
    line.insert(line.end(), part.begin(), part.end());
  line.emplace_back("box");
  line.insert(line.end(), command.begin(), command.end());
  return line;
}

// Runs a command in a new container to its end, in sh(1).
check::run_result run_shell(const words& options, const std::string& line) {
  words flags{"--rm"};
  flags.insert(flags.end(), options.begin(), options.end());
  return run_zoomin(run_arguments(flags, {"sh", "-c", line}));
}

// Holds a container in the background. The destructor removes it.
class box {
 public:
  explicit box(const words& options = {}) {
    words flags{"-d"};
    flags.insert(flags.end(), options.begin(), options.end());
    const auto made = run_zoomin(run_arguments(flags, {"sleep", "60"}));
    expect(made.status == 0, first_line(made.errors));
    id = first_line(made.output);
    pid = std::atoi(inspect("{{.State.Pid}}").c_str());
  }
  box(const box&) = delete;
  box& operator=(const box&) = delete;
  ~box() { run_zoomin({"rm", "-f", id}); }

  [[nodiscard]] std::string inspect(const std::string& format) const {
    return first_line(run_zoomin({"inspect", "--format", format, id}).output);
  }
  [[nodiscard]] std::string status(const std::string& field) const {
    return status_field(pid, field);
  }
  [[nodiscard]] std::string host_path(const std::string& path) const {
    return fmt::format("/proc/{}/root{}", pid, path);
  }

  std::string id;
  pid_t pid;
};

void expect_status(const box& container, const std::string& field,
                   const std::string& value) {
  const std::string got = container.status(field);
  expect(got == value, fmt::format("{} is {}, not {}", field, got, value));
}

void namespaces_are_its_own() {
  const box container;
  for (const char* name : {"cgroup", "ipc", "mnt", "net", "pid", "uts"})
    expect(look::namespace_number(container.pid, name) !=
               look::namespace_number(::getpid(), name),
           fmt::format("its {} namespace is the host's", name));
}

void eleven_capabilities_for_root() {
  const box container;
  for (const char* set : {"CapEff", "CapPrm", "CapBnd"})
    expect_status(container, set, eleven_capabilities);
  for (const char* set : {"CapInh", "CapAmb"})
    expect_status(container, set, no_capabilities);
}

void no_capabilities_for_others() {
  const box container({"--user", "1000:1000"});
  for (const char* set : {"CapEff", "CapPrm", "CapInh", "CapAmb"})
    expect_status(container, set, no_capabilities);
}

void capabilities_can_be_dropped() {
  const box container({"--cap-drop", "ALL"});
  for (const char* set : {"CapEff", "CapPrm", "CapBnd"})
    expect_status(container, set, no_capabilities);
}

// A new user namespace needs no capability, so that only the filter can refuse it.
void calls_are_filtered() {
  const box container;
  expect_status(container, "Seccomp", "2");
  const auto open =
      run_shell({"--security-opt", "seccomp=unconfined"}, "unshare -U true");
  expect(open.status == 0, "unshare(2) fails without a filter: " + open.errors);
  const auto refused = run_shell({}, "unshare -U true");
  expect(refused.errors.find("Operation not permitted") != std::string::npos,
         fmt::format("unshare(2) of the user namespace succeeds: status {}",
                     refused.status));
}

void no_new_privileges() {
  const box container({"--security-opt", "no-new-privileges"});
  expect_status(container, "NoNewPrivs", "1");
}

void same_rights_for_exec() {
  const box container;
  const auto result = run_zoomin({"exec", container.id, "cat", "/proc/self/status"});
  for (const char* field : {"CapEff", "CapPrm", "CapBnd", "Seccomp", "NoNewPrivs"})
    expect(result.output.find(fmt::format("{}:\t{}\n", field, container.status(field))) !=
               std::string::npos,
           fmt::format("{} of exec isn't {}", field, container.status(field)));
}

std::set<std::string> mounted_read_only(pid_t pid) {
  std::set<std::string> result;
  for (const auto& mount : mnt::mount_table(pid))
    if (mount.options.starts_with("ro")) result.insert(mount.at);
  return result;
}

// A masked directory is an empty tmpfs, a masked file the host's null.
void secrets_are_masked() {
  const box container;
  for (const char* path : {"/proc/kcore", "/proc/keys", "/proc/timer_list"})
    if (sys::exists(path))
      expect(sys::exists(container.host_path(path)) &&
                 sys::read_file(container.host_path(path)).empty(),
             fmt::format("{} can be read", path));
  if (sys::exists("/sys/firmware"))
    expect(sys::list_directory(container.host_path("/sys/firmware")).empty(),
           "/sys/firmware can be read");
}

void settings_are_read_only() {
  const box container;
  const auto read_only = mounted_read_only(container.pid);
  for (const char* path : {"/sys", "/proc/sys", "/proc/irq", "/proc/sysrq-trigger"})
    if (sys::exists(path))
      expect(read_only.contains(path), fmt::format("{} can be written", path));
  const auto result = run_shell({}, "echo 1 > /proc/sys/vm/drop_caches");
  expect(result.errors.find("Read-only file system") != std::string::npos,
         "root inside can write to /proc/sys");
}

void standard_devices_only() {
  const box container;
  const std::set<std::string> standard{
      "core", "console", "fd",  "full",   "mqueue", "null",   "ptmx", "pts",
      "shm",  "random",  "tty", "stderr", "stdin",  "stdout", "zero", "urandom"};
  for (const auto& name : sys::list_directory(container.host_path("/dev")))
    expect(standard.contains(name), fmt::format("it has /dev/{}", name));
}

// The kernel consults the list of devices before the driver. 1:2 never had another use
// than /dev/kmem, which no longer exists.
void other_devices_are_closed() {
  const auto result = run_shell({"--cap-add", "MKNOD"}, "mknod /m c 1 2; cat /m");
  expect(result.errors.find("Operation not permitted") != std::string::npos,
         fmt::format("a device that it made isn't refused: {}", result.errors));
}

// Descriptor 9 of this host is open, and not closed on exec.
void no_descriptors() {
  const box container;
  for (const auto& fd : sys::list_directory(fmt::format("/proc/{}/fd", container.pid)))
    expect(std::atoi(fd.c_str()) <= 2, fmt::format("descriptor {} is open in it", fd));
}

void environment_is_its_own() {
  ::setenv("ZOOMIN_CHECK_OF_THE_HOSTS", "secret", 1);
  const box container({"-e", "MINE=1"});
  ::unsetenv("ZOOMIN_CHECK_OF_THE_HOSTS");
  std::istringstream text(sys::read_file(fmt::format("/proc/{}/environ", container.pid)));
  std::set<std::string> names;
  for (std::string entry; std::getline(text, entry, '\0');)
    names.insert(entry.substr(0, entry.find('=')));
  expect(names.erase("MINE") == 1, "-e MINE=1 isn't in its environment");
  for (const char* name : {"PATH", "HOME", "HOSTNAME", "TERM"}) names.erase(name);
  expect(names.empty(), fmt::format("it has these variables: {}", fmt::join(names, " ")));
}

std::string cgroup_file(const box& container, const char* controller, const char* first,
                        const char* second) {
  const bool version_2 = cgroup::hierarchies().front().version == 2;
  const std::string text =
      sys::read_file(cgroup::directory_of(container.pid, controller) + "/" +
                     (version_2 ? second : first));
  return first_line(text);
}

void limits_are_set() {
  const box container({"--memory", "64m", "--cpus", "0.5", "--pids-limit", "33",
                       "--ulimit", "nofile=64:128"});
  const auto is = [](const char* name, const std::string& got, const std::string& value) {
    expect(got == value, fmt::format("its {} is {}, not {}", name, got, value));
  };
  is("memory limit",
     cgroup_file(container, "memory", "memory.limit_in_bytes", "memory.max"), "67108864");
  is("CPU limit",
     cgroup_file(container, "cpu", "cpu.cfs_quota_us", "cpu.max").substr(0, 5), "50000");
  is("limit of processes", cgroup_file(container, "pids", "pids.max", "pids.max"), "33");
  const std::string limits =
      sys::read_file(fmt::format("/proc/{}/limits", container.pid));
  std::istringstream files(limits.substr(limits.find("Max open files") + 14));
  std::string soft, hard;
  files >> soft >> hard;
  is("limit of open files", soft + ":" + hard, "64:128");
}

void processes_are_limited() {
  const box container;
  const auto most = cgroup_file(container, "pids", "pids.max", "pids.max");
  expect(most == "2048", fmt::format("without options it may have {} processes", most));
}

void image_stays() {
  expect(run_shell({}, "echo x > /new && rm /bin/vi && cat /new").output == "x\n",
         "it can't write to /");
  const auto next = run_shell({}, "ls /new; ls /bin/vi");
  expect(next.output == "/bin/vi\n", "the next container has its changes");
}

bool ends_within(const unique_fd& pidfd, int seconds) {
  pollfd ended{pidfd.get(), POLLIN, 0};
  return ::poll(&ended, 1, check::stretched(seconds) * 1000) > 0;
}

void stays_without_its_command() {
  const box container;
  const auto monitor = std::atoi(container.status("PPid").c_str());
  expect(container.status("State").starts_with("S"), "it ended with its command");
  expect(sys::read_link(fmt::format("/proc/{}/cwd", monitor)) == "/",
         "its monitor keeps the caller's working directory in use");
  for (const char* name : {"0", "1", "2"}) {
    const auto to = sys::read_link(fmt::format("/proc/{}/fd/{}", monitor, name));
    expect(to == "/dev/null", fmt::format("its monitor holds the caller's {}", to));
  }
}

void dies_with_its_monitor() {
  const box container;
  const unique_fd first = sys::pidfd_open(container.pid);
  const std::string group = cgroup::directory_of(container.pid, "memory");
  ::kill(std::atoi(container.status("PPid").c_str()), SIGKILL);
  expect(ends_within(first, 5), "it still runs after its monitor was killed");
  const std::string got = container.inspect("{{.State.Status}}: {{.State.Error}}");
  expect(got == "exited: its monitor was killed",
         fmt::format("after that it is \"{}\"", got));
  expect(!sys::exists(group), fmt::format("{} still exists", group));
}

std::vector<check::fact> proofs() {
  const std::string area = "final";
  return {
      {area, "its namespaces are its own", namespaces_are_its_own},
      {area, "root inside has eleven capabilities", eleven_capabilities_for_root},
      {area, "another user has none", no_capabilities_for_others},
      {area, "--cap-drop ALL leaves none", capabilities_can_be_dropped},
      {area, "system calls are filtered", calls_are_filtered},
      {area, "no-new-privileges can be set", no_new_privileges},
      {area, "a command of exec has the same rights", same_rights_for_exec},
      {area, "files that reveal the host are masked", secrets_are_masked},
      {area, "the kernel's settings are read-only", settings_are_read_only},
      {area, "its /dev has the standard devices only", standard_devices_only},
      {area, "other devices can't be opened", other_devices_are_closed},
      {area, "no descriptor of the host is open in it", no_descriptors},
      {area, "it has none of the caller's environment", environment_is_its_own},
      {area, "its limits are set", limits_are_set},
      {area, "without options it may have 2,048 processes", processes_are_limited},
      {area, "whatever it writes, its image doesn't change", image_stays},
      {area, "it outlives the command that started it", stays_without_its_command},
      {area, "it dies with its monitor, and the next command says so",
       dies_with_its_monitor},
  };
}

// The image is the root file system of the steps.
void make_image() {
  const std::string programs = program_directory();
  const auto made = check::run_to_end(
      {"sh", "-c",
       fmt::format("tar -C {0}/rootfs -c . | {0}/zoomin import - box", programs)});
  if (made.status != 0) throw usage_error("zoomin import: " + first_line(made.errors));
}

int prove_all(check::report_options report) try {
  make_image();
  return check::prove(program_directory() + "/zoomin", {}, proofs(), report) ? 0 : 1;
} catch (const std::exception& failure) {
  fmt::print(stderr, "final_check: {}\n", failure.what());
  return 125;
}

}  // namespace

int main(int argc, char** argv) {
  if (::geteuid() != 0) {
    fmt::print(stderr, "final_check: not root\n");
    return 125;
  }
  check::report_options report;
  for (const auto& word : words(argv + 1, argv + argc)) {
    if (word == "--fail-fast")
      report.fail_fast = true;
    else if (word == "--json")
      report.json = true;
    else
      common_run_options().push_back(word);
  }
  return host::throw_away_host([&] { return prove_all(report); });
}
