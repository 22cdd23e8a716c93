// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "01-pid/lab/check.hpp"
#include "01-pid/look.hpp"
#include "common/process.hpp"
#include "common/sys.hpp"

namespace zoomin::pid {

namespace {

using check::expect;
using check::subject;
using namespace std::string_literals;

// This command prints "ready" and then waits until its input ends.
const std::vector<std::string> idle{"sh", "-c", "echo ready; read -r end"};

std::string nodename(pid_t pid) {
  return look::from_inside(pid, CLONE_NEWUTS, [] {
    std::string name(65, '\0');
    ::gethostname(name.data(), name.size());
    return std::string(name.c_str());
  });
}

void own_namespace(const char* name) {
  subject container({}, idle);
  const pid_t first = container.first_process();
  expect(look::namespace_number(first, name) != look::namespace_number(::getpid(), name),
         fmt::format("its {} namespace is the host's", name));
}

void first_is_one() {
  subject container({}, idle);
  const std::string numbers = status_field(container.first_process(), "NSpid");
  expect(numbers.ends_with("\t1"), fmt::format("it is numbered {} inside", numbers));
}

void own_hostname() {
  const std::string before = nodename(::getpid());
  subject container({"--hostname", "a-name"}, idle);
  const std::string inside = nodename(container.first_process());
  expect(inside == "a-name", fmt::format("it is named \"{}\" inside", inside));
  expect(nodename(::getpid()) == before, "the host's name changed");
}

void no_descriptors() {
  subject container({}, idle);
  const pid_t first = container.first_process();
  for (const auto& fd : sys::list_directory(fmt::format("/proc/{}/fd", first)))
    expect(fd == "0" || fd == "1" || fd == "2",
           fmt::format("the host's descriptor {} is open in it", fd));
}

void dies_with_owner() {
  subject container({}, idle);
  const unique_fd first = sys::pidfd_open(container.first_process());
  container.kill(SIGKILL);
  pollfd ended{first.get(), POLLIN, 0};
  if (::poll(&ended, 1, 3000) > 0) return;
  sys::pidfd_send_signal(first.get(), SIGKILL);
  throw check::failed("its owner was killed, but it still runs");
}

void status_is_the_commands() {
  const auto result = check::run({}, {"sh", "-c", "echo out; exit 7"});
  expect(result.output == "out\n",
         fmt::format("it printed \"{}\", and: {}", result.output,
                     result.errors.substr(0, result.errors.find('\n'))));
  expect(result.status == 7, fmt::format("the exit status is {}, not 7", result.status));
}

void status_of_a_signal() {
  subject container({}, idle);
  const unique_fd first = sys::pidfd_open(container.first_process());
  sys::pidfd_send_signal(first.get(), SIGKILL);
  const int status = container.end();
  expect(status == 128 + SIGKILL,
         fmt::format("signal 9 ended the command, and the exit status is {}", status));
}

void status_without_a_command() {
  const int missing = check::run({}, {"no-such-command"}).status;
  expect(missing == 127, fmt::format("the exit status is {}, not 127", missing));
  const int refused = check::run({}, {"/dev"}).status;
  expect(refused == 126, fmt::format("the exit status is {}, not 126", refused));
}

void signals_arrive() {
  subject container(
      {}, {"sh", "-c", "trap 'exit 42' TERM; sleep 60 & echo ready; wait; exit 1"});
  container.first_process();
  container.kill(SIGTERM);
  const int status = container.end();
  expect(status == 42,
         fmt::format("its handler of SIGTERM didn't run: the exit status is {}", status));
}

void environment_arrives() {
  subject container({}, idle);
  const std::string variables =
      sys::read_file(fmt::format("/proc/{}/environ", container.first_process()));
  expect(("\0"s + variables).find("\0PATH="s) != std::string::npos,
         "its environment has no PATH");
}

// Returns the child of `parent` with this name, once there is one; 0 after 5 s.
pid_t child_named(pid_t parent, const std::string& name) {
  const auto deadline = ::time(nullptr) + check::stretched(5);
  while (::time(nullptr) < deadline) {
    for (const pid_t child : children_of(parent))
      if (status_field(child, "Name") == name) return child;
    ::usleep(20'000);
  }
  return 0;
}

// Returns the command, which is the child of an init.
pid_t command_below(pid_t init) {
  const auto children = children_of(init);
  expect(
      children.size() == 1,
      fmt::format("its PID 1 has {} children, not the command alone", children.size()));
  return children.front();
}

void no_signal_is_blocked() {
  const auto blocked = [](pid_t pid, const char* who) {
    const std::string mask = status_field(pid, "SigBlk");
    expect(mask.find_first_not_of('0') == std::string::npos,
           fmt::format("{} begins with these signals blocked: {}", who, mask));
  };
  subject plain({}, idle);
  blocked(plain.first_process(), "the command");
  subject with_init({"--init"}, idle);
  blocked(command_below(with_init.first_process()), "the command below its init");
}

// `sleep` is an orphan when the shell ends.
void init_forwards() {
  subject container(
      {"--init"},
      {"sh", "-c", "trap 'exit 42' TERM; sleep 60 & echo ready; wait; exit 1"});
  container.first_process();
  container.kill(SIGTERM);
  const int status = container.end();
  expect(status == 42,
         fmt::format("with --init its handler of SIGTERM didn't run: the exit status "
                     "is {}",
                     status));
}

void init_status_of_a_signal() {
  subject container({"--init"}, idle);
  const pid_t command = command_below(container.first_process());
  sys::pidfd_send_signal(sys::pidfd_open(command).get(), SIGKILL);
  const int status = container.end();
  expect(status == 128 + SIGKILL,
         fmt::format("signal 9 ended the command, and with --init the exit status is {}",
                     status));
}

// The orphan is killed from here, so that it exists until PID 1 has to reap it.
void init_reaps() {
  subject container({"--init"},
                    {"sh", "-c", "(sleep 60 &); echo ready; read -r end; exit 5"});
  const pid_t first = container.first_process();
  expect(status_field(first, "NSpid").ends_with("\t1"), "its init isn't PID 1");
  const pid_t orphan = child_named(first, "sleep");
  expect(orphan != 0, "an orphan isn't the child of its PID 1");
  const unique_fd killed = sys::pidfd_open(orphan);
  sys::pidfd_send_signal(killed.get(), SIGKILL);
  const auto deadline = ::time(nullptr) + check::stretched(5);
  while (!status_field(orphan, "State").empty() && ::time(nullptr) < deadline)
    ::usleep(20'000);
  expect(status_field(orphan, "State").empty(),
         "an orphan that has ended stays as a zombie");
  const int status = container.end();
  expect(status == 5, fmt::format("it ended with the orphan's status, {}", status));
}

}  // namespace

std::vector<check::fact> proofs() {
  return {
      {"pid", "the command runs, and its exit status is the program's",
       status_is_the_commands},
      {"pid", "a command that signal n ends has the exit status 128+n",
       status_of_a_signal},
      {"pid", "127: the command isn't found; 126: it can't be run",
       status_without_a_command},
      {"pid", "no signal is blocked in the command", no_signal_is_blocked},
      {"pid", "a signal to the program reaches the command", signals_arrive},
      {"pid", "the command has an environment", environment_arrives},
      {"pid", "the container has its own PID namespace", [] { own_namespace("pid"); }},
      {"pid", "the first process sees itself as PID 1", first_is_one},
      {"pid", "the container has its own UTS namespace", [] { own_namespace("uts"); }},
      {"pid", "it has its own hostname, and the host keeps its own", own_hostname},
      {"pid", "no descriptor of the host is open in it", no_descriptors},
      {"pid", "it dies with its owner, even by SIGKILL", dies_with_owner},
      {"pid", "with --init, PID 1 reaps orphans, and ends with the command", init_reaps},
      {"pid", "with --init, a signal to the program reaches the command", init_forwards},
      {"pid", "with --init, a command that signal n ends has the status 128+n",
       init_status_of_a_signal},
  };
}

}  // namespace zoomin::pid
