// SPDX-License-Identifier: MIT
// step1: a process in its own PID and UTS namespaces.
#include <unistd.h>

#include "01-pid/lab/check.hpp"
#include "01-pid/look.hpp"
#include "01-pid/pid.hpp"
#include "common/lab/program.hpp"
#include "common/look.hpp"
#include "common/narration.hpp"

using namespace zoomin;

namespace {

void show(const request& request, pid_t child) {
  write_pid_file(request, child);
  look::show(request.look, [&] { return pid::facts(child); });
  narration::note("ps would show all of the host's processes: /proc is still the host's");
}

// The container still has the host's files, so it keeps the caller's environment too.
int run(const request& request) {
  look::record_before([] { return pid::facts(::getpid()); });
  pid::validate_hostname(request.hostname);
  auto child = pid::spawn({.namespaces = CLONE_NEWPID | CLONE_NEWUTS,
                           .command = request.command,
                           .environment = callers_environment(),
                           .init = request.init},
                          [&](pid::gate&) { pid::set_hostname(request.hostname); });
  child.release();
  show(request, child.id());
  child.start();
  const auto result = child.wait();

  if (request.explain) look::print_leftovers({pid::leftovers(child.id())});
  return result.status();
}

}  // namespace

int main(int argc, char** argv) {
  program step1("step1", "A process in its own PID and UTS namespaces.",
                narration::style::full);
  step1.proves(pid::proofs());
  return step1.run(argc, argv, run);
}
