// SPDX-License-Identifier: MIT
// step2: a process with its own network stack, on a bridge with others.
#include <unistd.h>

#include <string>
#include <vector>

#include "01-pid/lab/check.hpp"
#include "01-pid/look.hpp"
#include "01-pid/pid.hpp"
#include "02-net/coordination/shared_bridge.hpp"
#include "02-net/lab/check.hpp"
#include "02-net/lab/options.hpp"
#include "02-net/look.hpp"
#include "common/concat.hpp"
#include "common/lab/program.hpp"
#include "common/look.hpp"
#include "common/narration.hpp"

using namespace zoomin;

namespace {

std::vector<look::row> facts(pid_t pid) {
  return concat({pid::facts(pid), net::facts(pid)});
}

void show(const request& request, pid_t child) {
  write_pid_file(request, child);
  look::show(request.look, [&] { return facts(child); });
  narration::note(
      "names may not resolve: /etc/resolv.conf is still the host's, and if it names "
      "127.0.0.53, that is another loopback than this one; step 3 fixes it");
}

void show_leftovers(const request& request, pid_t child, const std::string& bridge,
                    const net::cable& cable) {
  if (request.explain)
    look::print_leftovers(
        concat({{pid::leftovers(child)}, net::leftovers(bridge, cable.port())}));
}

int run(const request& request, const net::network_options& network) {
  look::record_before([] { return facts(::getpid()); });
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
  show(request, child.id());
  child.start();
  const auto result = child.wait();

  cable.pull();
  ports.withdraw();
  bridge.leave(network.keep_bridge);
  show_leftovers(request, child.id(), network.definition.name, cable);
  return result.status();
}

}  // namespace

int main(int argc, char** argv) {
  program step2("step2", "A process with its own network stack.");
  net::options options;
  net::add_options(step2.add(), options);
  step2.proves(concat({pid::proofs(), net::proofs()}));
  return step2.run(argc, argv, [&](const request& request) {
    pid::validate_hostname(request.hostname);
    return run(request, options.parsed());
  });
}
