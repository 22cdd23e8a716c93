// SPDX-License-Identifier: MIT
// step2: a process with a network stack of its own, on a bridge with others.
#include <unistd.h>

#include <string>
#include <vector>

#include "01-pid/look.hpp"
#include "01-pid/pid.hpp"
#include "02-net/lab/options.hpp"
#include "02-net/look.hpp"
#include "common/concat.hpp"
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

int run(request& request, const net::options& from) {
  pid::validate_hostname(request.hostname);
  const auto wanted = from.wanted();
  if (request.command.empty()) request.command = {"sh"};

  net::bridge bridge(wanted.on);
  const auto lease = bridge.reserve(std::to_string(::getpid()), wanted.ip);
  auto child = pid::spawn({.namespaces = CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWNET,
                           .command = request.command,
                           .environment = callers_environment(),
                           .init = request.init},
                          [&](pid::gate&) {
                            pid::set_hostname(request.hostname);
                            net::configure(lease.place);
                          });
  auto cable = bridge.connect(child.id(), lease.place);
  auto ports = bridge.publish(lease.place, wanted.ports);
  child.release();
  bridge.settle(cable);
  if (request.look || request.explain)
    look::print(concat({pid::facts(child.id()), net::facts(child.id())}));
  narration::note(
      "names may fail in here: /etc/resolv.conf is still the host's, and a "
      "server at 127.0.0.53 isn't this 127.0.0.53; step 3 mends it");
  child.start();
  const auto ending = child.wait();

  cable.pull();
  ports.withdraw();
  bridge.leave(from.keep_bridge);
  if (request.explain)
    look::print_leftovers(concat(
        {{pid::leftovers(child.id())}, net::leftovers(wanted.on.name, cable.port())}));
  return ending.status();
}

}  // namespace

int main(int argc, char** argv) {
  program step2("step2", "A process with a network stack of its own.");
  net::options from;
  net::add_options(step2.add(), from);
  step2.proves(concat({pid::proofs(), net::proofs()}));
  return step2.run(argc, argv, [&](request& request) { return run(request, from); });
}
