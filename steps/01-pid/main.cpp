// SPDX-License-Identifier: MIT
// step1: a process in its own PID and UTS namespaces.
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

// The container still has the host's files, so it keeps the caller's environment too.
std::vector<std::string> callers_environment() {
  std::vector<std::string> environment;
  for (char** entry = environ; *entry != nullptr; ++entry)
    environment.emplace_back(*entry);
  return environment;
}

int run(request& options) {
  pid::validate_hostname(options.hostname);
  if (options.command.empty()) options.command = {"sh"};

  auto child = pid::spawn({.namespaces = CLONE_NEWPID | CLONE_NEWUTS,
                           .command = options.command,
                           .environment = callers_environment(),
                           .init = options.init},
                          [&](pid::gate&) { pid::set_hostname(options.hostname); });
  child.release();
  if (options.look || options.explain) look::print(pid::facts(child.id()));
  narration::note("ps would show all of the host's processes: /proc is still the host's");
  child.start();
  const auto result = child.wait();

  if (options.explain) look::print_leftovers({pid::leftovers(child.id())});
  return result.status();
}

}  // namespace

int main(int argc, char** argv) {
  program step1("step1", "A process in its own PID and UTS namespaces.");
  step1.proves(pid::proofs());
  return step1.run(argc, argv, run);
}
