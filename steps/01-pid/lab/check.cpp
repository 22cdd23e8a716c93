// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "01-pid/look.hpp"
#include "common/process.hpp"
#include "common/sys.hpp"

namespace zoomin::pid {

namespace {

using check::expect;
using check::subject;

// A container that says "ready" and then waits for its input to end.
const std::vector<std::string> idle{"sh", "-c", "echo ready; read -r end"};

std::string nodename(pid_t pid) {
  return look::from_inside(pid, CLONE_NEWUTS, [] {
    std::string name(65, '\0');
    ::gethostname(name.data(), name.size());
    return std::string(name.c_str());
  });
}

void own_namespace(const char* name) {
  subject subject({}, idle);
  const pid_t first = subject.first_process();
  expect(look::namespace_number(first, name) != look::namespace_number(::getpid(), name),
         fmt::format("its {} namespace is the host's", name));
}

void first_is_one() {
  subject subject({}, idle);
  const std::string numbers = status_field(subject.first_process(), "NSpid");
  expect(numbers.ends_with("\t1"), fmt::format("it is numbered {} inside", numbers));
}

void own_hostname() {
  const std::string before = nodename(::getpid());
  subject subject({"--hostname", "a-name"}, idle);
  const std::string inside = nodename(subject.first_process());
  expect(inside == "a-name", fmt::format("it is named \"{}\" inside", inside));
  expect(nodename(::getpid()) == before, "the host's name changed");
}

void no_descriptors() {
  subject subject({}, idle);
  const pid_t first = subject.first_process();
  for (const auto& fd : sys::list_directory(fmt::format("/proc/{}/fd", first)))
    expect(fd == "0" || fd == "1" || fd == "2",
           fmt::format("descriptor {} of the host's is open inside", fd));
}

void dies_with_owner() {
  subject subject({}, idle);
  const unique_fd first = sys::pidfd_open(subject.first_process());
  subject.kill(SIGKILL);
  pollfd ended{first.get(), POLLIN, 0};
  if (::poll(&ended, 1, 3000) > 0) return;
  sys::pidfd_send_signal(first.get(), SIGKILL);
  throw check::failed("its owner was killed and it lives on");
}

void status_is_the_commands() {
  const auto result = check::run({}, {"sh", "-c", "echo out; exit 7"});
  expect(result.output == "out\n",
         fmt::format("it printed \"{}\", and: {}", result.output,
                     result.errors.substr(0, result.errors.find('\n'))));
  expect(result.status == 7, fmt::format("the exit status is {}, not 7", result.status));
}

}  // namespace

std::vector<check::fact> proofs() {
  return {
      {"pid", "the command runs, and its exit status is the program's",
       status_is_the_commands},
      {"pid", "the container has a PID namespace of its own",
       [] { own_namespace("pid"); }},
      {"pid", "the first process sees itself as PID 1", first_is_one},
      {"pid", "the container has a UTS namespace of its own",
       [] { own_namespace("uts"); }},
      {"pid", "it has a hostname of its own, the host keeps its own", own_hostname},
      {"pid", "no descriptor of the host's is open in it", no_descriptors},
      {"pid", "it dies with its owner, even by SIGKILL", dies_with_owner},
  };
}

}  // namespace zoomin::pid
