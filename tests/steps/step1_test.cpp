// SPDX-License-Identifier: MIT
// Tests of the program step1: PID and UTS namespaces.
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "common/process.hpp"
#include "common/sys.hpp"
#include "steps/step.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"
#include "support/terminal.hpp"

using namespace zoomin;
using namespace zoomin::test;

namespace {

const std::string step1 = built("step1");

// Runs step1 under strace(1), which tampers with a call: "--inject".
run_result with_injection(const std::string& injection,
                          const std::string& command = "true") {
  const std::string calls = injection.substr(0, injection.find(':'));
  return shell("strace -f -o /dev/null -e trace=" + calls + " -e inject=" + injection +
               " step1 -q -- " + command);
}

bool ends_within(int pidfd, int seconds) {
  pollfd ended{pidfd, POLLIN, 0};
  return ::poll(&ended, 1, seconds * 1000) > 0;
}

}  // namespace

TEST_CASE("the first process sees itself as PID 1, with its own hostname", "[step1]") {
  const auto plain = run({step1, "--quiet", "--", "sh", "-c", "echo $$ $(hostname)"});
  CHECK(plain.output == "1 box\n");
  CHECK(plain.errors.empty());
  CHECK(plain.status == 0);
  const auto named =
      run({step1, "-q", "--hostname", "den", "--", "sh", "-c", "echo $$ $(hostname)"});
  CHECK(named.output == "1 den\n");
}

TEST_CASE("step1: the message about a wrong option comes alone", "[step1]") {
  check_that_errors_come_alone(step1, {});
}

TEST_CASE("the self-check of step1 holds", "[step1]") { check_self_check(step1); }

TEST_CASE("the host sees the process under another number, on the same kernel",
          "[step1]") {
  subprocess container(
      {step1, "-q", "--", "sh", "-c", "echo ready; uname -r; read -r end"});
  const pid_t first = container.first_process();
  CHECK(status_field(first, "NSpid").ends_with("\t1"));
  CHECK(first != 1);
  CHECK(container.line() + "\n" == run({"uname", "-r"}).output);
  CHECK(container.end() == 1);  // `read` fails at end of file
}

TEST_CASE("ps still shows the host's processes, and the narration says why", "[step1]") {
  const auto result = run({step1, "--", "sh", "-c", "ls -d /proc/[0-9]* | wc -l"});
  CHECK(std::stoi(result.output) >= 4);  // this host's, not the container's two
  CHECK(result.errors.find("/proc is still the host's") != std::string::npos);
}

TEST_CASE("both views are printed: pid, hostname, kernel, namespaces", "[step1]") {
  const auto result = run({step1, "--", "true"});
  for (const char* fact : {"pid namespace", "uts namespace", "hostname", "uname -r"})
    CHECK(result.errors.find(fact) != std::string::npos);
  CHECK(result.errors.find("after the end: process") != std::string::npos);
}

TEST_CASE("the exit status is the command's, or 128 and the signal", "[step1]") {
  CHECK(run({step1, "-q", "--", "sh", "-c", "exit 42"}).status == 42);
  CHECK(run({step1, "-q", "--init", "--", "sh", "-c", "exit 42"}).status == 42);
  CHECK(run({step1, "-q", "--init", "--", "sh", "-c", "kill -9 $$"}).status == 137);
}

TEST_CASE("the status is 126 for a command that can't be run, 127 for a missing one",
          "[step1]") {
  const scratch here;
  write_file(here / "plain", "no program");
  write_file(here / "garbage",
             "\x7f"
             "ELF of some other machine");
  write_file(here / "lost", "#!/no/such/interpreter\n");
  ::chmod((here / "garbage").c_str(), 0755);
  ::chmod((here / "lost").c_str(), 0755);
  const auto status_of = [&](const std::string& command) {
    const auto result = run({step1, "-q", "--", command});
    INFO(result.errors);
    CHECK(lines_without_hints(result.errors) == 1);
    CHECK(result.errors.starts_with("step1: execve("));
    return result.status;
  };
  CHECK(status_of("no-such-command") == 127);
  CHECK(status_of("/no/such/file") == 127);
  CHECK(status_of(here / "lost") == 127);
  CHECK(status_of(here / "plain") == 126);
  CHECK(status_of(here / "garbage") == 126);
  CHECK(status_of("/tmp") == 126);
  CHECK(status_of("") == 127);
  const auto too_long = shell(
      "strace -f -o /dev/null -P /usr/bin/true -e inject=execve:error=E2BIG"
      " step1 -q -- true");
  CHECK(too_long.status == 126);
  CHECK(too_long.errors.find("Argument list too long") != std::string::npos);
}

TEST_CASE("invalid options cause one line, a hint and status 125", "[step1]") {
  const auto refused = [](const std::vector<std::string>& options) {
    check_refused(step1, options, "hint: ");
  };
  refused({"--no-such-option"});
  refused({"--hostname", ""});
  refused({"--hostname", std::string(65, 'a')});
  refused({"--hostname", "a\nb"});
  refused({"--skip", "no-such-name"});
  refused({"--explain=loud"});
  CHECK(run({step1, "-q", "--hostname", std::string(64, 'a'), "--", "true"}).status == 0);
}

TEST_CASE("without root the hint names sudo", "[step1]") {
  const auto result = shell("setpriv --reuid 65534 --clear-groups step1 -- true");
  CHECK(result.status == 125);
  CHECK(result.errors.find("sudo ./step1") != std::string::npos);
}

TEST_CASE("an error of the kernel names the call and its object", "[step1]") {
  const auto refused = [](const std::string& call, const std::string& object) {
    const auto result = with_injection(call + ":error=EPERM");
    INFO(call << ": " << result.errors);
    CHECK(result.status == 125);
    CHECK(result.errors.starts_with("step1: " + call + "(" + object));
    CHECK(result.errors.find("Operation not permitted") != std::string::npos);
    CHECK(result.errors.find("hint: ") != std::string::npos);
  };
  refused("clone3", "CLONE_PIDFD|CLONE_NEWUTS|CLONE_NEWPID");
  refused("sethostname", "box");
  refused("prctl", "PR_SET_PDEATHSIG");
  refused("close_range", "4 to");
  const auto weak = shell("setpriv --bounding-set=-sys_admin step1 -q -- true");
  CHECK(weak.status == 125);
  CHECK(weak.errors.find("root lacks a capability") != std::string::npos);
}

TEST_CASE("a program killed at any call of the start leaves nothing", "[step1]") {
  for (const char* call :
       {"clone3:signal=KILL", "sethostname:signal=KILL", "prctl:signal=KILL",
        "close_range:signal=KILL", "sendmsg:signal=KILL", "sendmsg:signal=KILL:when=2",
        "recvmsg:signal=KILL", "recvmsg:signal=KILL:when=2"}) {
    INFO(call);
    CHECK(with_injection(call, "sleep 60").status != 0);
  }
  // Every test checks for leftovers, which include processes that still run.
}

TEST_CASE("the container dies with its program, even by SIGKILL", "[step1]") {
  subprocess container(
      {step1, "-q", "--", "sh", "-c", "echo ready; sleep 60 & read -r end"});
  const unique_fd first = sys::pidfd_open(container.first_process());
  container.kill(SIGKILL);
  CHECK(ends_within(first.get(), 3));
}

TEST_CASE("signals are forwarded to a PID 1 that handles them", "[step1]") {
  subprocess container({step1, "-q", "--", "sh", "-c",
                        "trap 'echo got usr1' USR1; trap 'exit 9' TERM; echo ready;"
                        " while :; do sleep 0.05; done"});
  container.first_process();
  container.kill(SIGUSR1);
  CHECK(container.line() == "got usr1");
  container.kill(SIGTERM);
  CHECK(container.end() == 9);
}

TEST_CASE("a PID 1 without handlers ignores SIGTERM, but the third one kills it",
          "[step1]") {
  subprocess container({step1, "--", "sh", "-c", "echo ready; exec sleep 60"});
  const unique_fd first = sys::pidfd_open(container.first_process());
  container.kill(SIGTERM);
  CHECK_FALSE(ends_within(first.get(), 1));
  container.kill(SIGTERM);
  CHECK_FALSE(ends_within(first.get(), 1));
  container.kill(SIGTERM);
  CHECK(container.end() == 137);
  CHECK(container.errors().find("use --init") != std::string::npos);
}

TEST_CASE("with --init, PID 1 forwards signals and reaps orphans", "[step1]") {
  // The inner sh leaves an orphan, which ends soon and must be reaped.
  subprocess container({step1, "-q", "--init", "--", "sh", "-c",
                        "sh -c 'sleep 0.1 &'; sleep 0.4; echo ready; exec sleep 60"});
  const pid_t init = container.first_process();
  const auto children = children_of(init);
  REQUIRE(children.size() == 1);
  CHECK(status_field(children[0], "NSpid").ends_with("\t2"));
  CHECK(status_field(children[0], "State").front() != 'Z');
  container.kill(SIGTERM);
  CHECK(container.end() == 143);
}

TEST_CASE("with --init, a command may outlive any number of SIGTERMs", "[step1]") {
  subprocess container({step1, "--init", "--", "sh", "-c",
                        "trap 'echo again' TERM; trap 'exit 9' USR1; echo ready;"
                        " while :; do sleep 0.05; done"});
  container.first_process();
  for (int i = 0; i < 4; ++i) {
    container.kill(SIGTERM);
    CHECK(container.line() == "again");
  }
  container.kill(SIGUSR1);
  CHECK(container.end() == 9);
  CHECK(container.errors().find("use --init") == std::string::npos);
}

TEST_CASE("standard streams can be pipes, closed, or closed at the other end",
          "[step1]") {
  CHECK(shell("echo in | step1 -q -- cat").output == "in\n");
  CHECK(shell("step1 -q -- yes | head -n 1").output == "y\n");
  CHECK(shell("step1 -q -- sh -c 'exit 3' <&-").status == 3);
  CHECK(shell("step1 -q -- sh -c 'exit 3' >&-").status == 3);
  CHECK(shell("step1 -- sh -c 'exit 3' 2>&-").status == 3);
  CHECK(shell("step1 -- sh -c 'exit 3' <&- >&- 2>&-").status == 3);
  CHECK(shell("step1 -q -- head -c 100000000 /dev/zero | wc -c").output == "100000000\n");
}

TEST_CASE("a terminal works: size, Ctrl-C, Ctrl-Z and a shell's job control", "[step1]") {
  terminal tty({"sh", "-i"}, 33, 111);
  tty.expect("# ");
  tty.type("stty -echo; " + step1 + " -q -- sh -i; echo status-$?\n");
  tty.expect("# ");
  tty.type("stty size\n");
  tty.expect("33 111");
  tty.resize(44, 55);
  tty.type("stty size\n");
  tty.expect("44 55");
  // The loop starts no program: if a child were stopped between vfork(2) and execve, its
  // parent would wait for it.
  tty.type(
      "sh -c 'trap \"echo again-$((1 + 1))\" CONT; echo began; while :; do :; done'\n");
  tty.expect("began");
  tty.type("\x1a");
  tty.expect("Stopped");
  tty.type("fg\n");
  tty.expect("again-2");
  tty.type("\x03");
  tty.expect("# ");
  tty.type("echo still-$((40 + 2)); exit 5\n");
  tty.expect("still-42");
  tty.expect("status-5");
}

TEST_CASE(
    "Ctrl-Z stops program and container, fg continues them, and the terminal is restored",
    "[step1]") {
  terminal shell_outside({"sh", "-i"});
  shell_outside.expect("# ");
  shell_outside.type(step1 +
                     " -q -- sh -c 'echo began; sleep 0.5; echo done-$((40 + 2))'\n");
  shell_outside.expect("began\r\n");
  shell_outside.type("\x1a");
  shell_outside.expect("Stopped");
  shell_outside.type("fg\n");
  shell_outside.expect("done-42");
  shell_outside.type(step1 + " -q -- sh -i\n");
  shell_outside.expect("# ");
  shell_outside.type("exit\n");
  shell_outside.type("echo outside-$((40 + 2))\n");
  shell_outside.expect("outside-42");
  shell_outside.type("exit\n");
  CHECK(shell_outside.end() == 0);
}

TEST_CASE("Ctrl-C ends a command without handlers if --init is given", "[step1]") {
  terminal tty({step1, "-q", "--init", "--", "sh", "-c", "echo began; exec sleep 60"});
  tty.expect("began");
  tty.type("\x03");
  CHECK(tty.end() == 130);
}

TEST_CASE("no signal stays ignored, not even the two that posix_spawn leaves ignored",
          "[step1]") {
  const scratch files;
  std::string line = step1 + " -q -- grep SigIgn /proc/self/status > " + (files / "seen");
  std::string sh = "sh", option = "-c";
  const std::array<char*, 4> arguments{sh.data(), option.data(), line.data(), nullptr};
  pid_t caller = 0;
  REQUIRE(::posix_spawn(&caller, "/bin/sh", nullptr, nullptr, arguments.data(),
                        environ) == 0);
  ::waitpid(caller, nullptr, 0);
  CHECK(sys::read_file(files / "seen") == "SigIgn:\t0000000000000000\n");
}
