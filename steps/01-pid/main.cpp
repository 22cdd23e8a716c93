// SPDX-License-Identifier: MIT
// step1: a process in PID and UTS namespaces of its own.
#include <unistd.h>

#include <string>
#include <vector>

#include "01-pid/look.hpp"
#include "01-pid/pid.hpp"
#include "common/look.hpp"
#include "common/narration.hpp"
#include "common/program.hpp"

using namespace zoomin;

namespace {

// What stays of the host's: its files, so its environment too.
std::vector<std::string> callers_environment() {
  std::vector<std::string> all;
  for (char** one = environ; *one != nullptr; ++one) all.emplace_back(*one);
  return all;
}

int run(request& asked) {
  pid::validate_hostname(asked.hostname);
  if (asked.command.empty()) asked.command = {"sh"};

  auto child = pid::spawn({.namespaces = CLONE_NEWPID | CLONE_NEWUTS,
                           .command = asked.command,
                           .environment = callers_environment(),
                           .init = asked.init},
                          [&](pid::gate&) { pid::set_hostname(asked.hostname); });
  child.release();
  if (asked.look || asked.explain) look::print(pid::facts(child.id()));
  narration::note("ps would show all of the host's processes: /proc is still the host's");
  child.start();
  const auto ending = child.wait();

  if (asked.explain) look::print_remains({pid::remains(child.id())});
  return ending.status();
}

}  // namespace

int main(int argc, char** argv) {
  program step1("step1", "A process in PID and UTS namespaces of its own.");
  step1.proves(pid::proofs());
  return step1.run(argc, argv, run);
}
