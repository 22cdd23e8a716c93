// SPDX-License-Identifier: MIT
// step2: a process with its own network stack, on a bridge with others.
#include <unistd.h>

#include <string>
#include <vector>

#include "01-pid/look.hpp"
#include "01-pid/pid.hpp"
#include "02-net/coordination/shared_bridge.hpp"
#include "02-net/lab/options.hpp"
#include "02-net/look.hpp"
#include "common/concat.hpp"
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

int run(request& request, const net::options& options) {
  pid::validate_hostname(request.hostname);
  const auto network = options.parsed();
  if (request.command.empty()) request.command = {"sh"};

  net::shared_bridge bridge(network.definition);
  const auto lease = bridge.reserve(std::to_string(::getpid()), network.ip);
  auto child = pid::spawn({.namespaces = CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWNET,
                           .command = request.command,
                           .environment = callers_environment(),
                           .init = request.init},
                          [&](pid::gate&) {
                            pid::set_hostname(request.hostname);
                            net::configure(lease.endpoint);
                          });
  auto cable = bridge.connect(child.id(), lease.endpoint);
  auto ports = bridge.publish(lease.endpoint, network.ports);
  child.release();
  bridge.settle(cable);
  if (request.look || request.explain)
    look::print(concat({pid::facts(child.id()), net::facts(child.id())}));
  narration::note(
      "names may not resolve: /etc/resolv.conf is still the host's, and if it names "
      "127.0.0.53, that is another loopback than this one; step 3 fixes it");
  child.start();
  const auto result = child.wait();

  cable.pull();
  ports.withdraw();
  bridge.leave(options.keep_bridge);
  if (request.explain)
    look::print_leftovers(
        concat({{pid::leftovers(child.id())},
                net::leftovers(network.definition.name, cable.port())}));
  return result.status();
}

}  // namespace

int main(int argc, char** argv) {
  program step2("step2", "A process with its own network stack.");
  net::options options;
  net::add_options(step2.add(), options);
  step2.proves(concat({pid::proofs(), net::proofs()}));
  return step2.run(argc, argv, [&](request& request) { return run(request, options); });
}
