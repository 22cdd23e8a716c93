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
  std::vector<std::string> result;
  for (char** character = environ; *character != nullptr; ++character)
    result.emplace_back(*character);
  return result;
}

int run(request& request) {
  pid::validate_hostname(request.hostname);
  if (request.command.empty()) request.command = {"sh"};

  auto child = pid::spawn({.namespaces = CLONE_NEWPID | CLONE_NEWUTS,
                           .command = request.command,
                           .environment = callers_environment(),
                           .init = request.init},
                          [&](pid::gate&) { pid::set_hostname(request.hostname); });
  child.release();
  if (request.look || request.explain) look::print(pid::facts(child.id()));
  narration::note("ps would show all of the host's processes: /proc is still the host's");
  child.start();
  const auto ending = child.wait();

  if (request.explain) look::print_leftovers({pid::leftovers(child.id())});
  return ending.status();
}

}  // namespace

int main(int argc, char** argv) {
  program step1("step1", "A process in PID and UTS namespaces of its own.");
  step1.proves(pid::proofs());
  return step1.run(argc, argv, run);
}
