// SPDX-License-Identifier: MIT
// step3: a process with its own files: PID, UTS, network and mount namespaces.
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
#include "03-mnt/defaults.hpp"
#include "03-mnt/lab/check.hpp"
#include "03-mnt/lab/options.hpp"
#include "03-mnt/look.hpp"
#include "common/concat.hpp"
#include "common/lab/program.hpp"
#include "common/look.hpp"

using namespace zoomin;

namespace {

constexpr auto namespaces = CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWNS;

std::vector<look::row> facts(pid_t pid) {
  return concat({pid::facts(pid), net::facts(pid), mnt::facts(pid)});
}

void show(const request& request, pid_t child) {
  write_pid_file(request, child);
  look::show(request.look, [&] { return facts(child); });
}

void show_leftovers(const request& request, pid_t child,
                    const mnt::held_namespace& mounts, const std::string& bridge,
                    const net::cable& cable) {
  if (request.explain)
    look::print_leftovers(concat({{pid::leftovers(child), mnt::leftovers(mounts)},
                                  net::leftovers(bridge, cable.port())}));
}

int run(const request& request, const net::network_options& network,
        mnt::mount_options root) {
  look::record_before([] { return facts(::getpid()); });
  net::shared_bridge bridge(network.definition);
  const auto lease = bridge.reserve(std::to_string(::getpid()), network.ip);
  mnt::give_address(root.mounts, request.hostname, lease.endpoint.own.text());
  auto child = pid::spawn({.namespaces = namespaces,
                           .command = request.command,
                           .environment = mnt::environment(request.hostname),
                           .init = request.init},
                          [&](pid::gate&) {
                            pid::set_hostname(request.hostname);
                            net::configure(lease.endpoint);
                            mnt::make_private();
                            mnt::enter_root(mnt::bind_root(root.directory), root.mounts,
                                            root.read_only);
                          });
  auto cable = bridge.connect(child.id(), lease.endpoint);
  auto ports = bridge.publish(lease.endpoint, network.ports);
  child.release();
  bridge.settle(cable);
  show(request, child.id());
  const auto mounts = mnt::hold_namespace(child.id());
  child.start();
  const auto result = child.wait();

  cable.pull();
  ports.withdraw();
  bridge.leave(network.keep_bridge);
  show_leftovers(request, child.id(), mounts, network.definition.name, cable);
  return result.status();
}

}  // namespace

int main(int argc, char** argv) {
  program step3("step3", "A process with its own network and its own root.");
  net::options network;
  mnt::options files;
  net::add_options(step3.add(), network);
  mnt::add_options(step3.add(), files);
  step3.proves(concat({pid::proofs(), net::proofs(), mnt::proofs()}));
  return step3.run(argc, argv, [&](const request& request) {
    pid::validate_hostname(request.hostname);
    return run(request, network.parsed(), files.parsed(request.hostname));
  });
}
