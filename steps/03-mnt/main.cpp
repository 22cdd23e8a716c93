// SPDX-License-Identifier: MIT
// step3: a process with files of its own: PID, UTS, NET and MNT namespaces.
#include <unistd.h>

#include <string>
#include <vector>

#include "01-pid/look.hpp"
#include "01-pid/pid.hpp"
#include "02-net/lab/options.hpp"
#include "02-net/look.hpp"
#include "03-mnt/lab/options.hpp"
#include "03-mnt/look.hpp"
#include "common/concat.hpp"
#include "common/look.hpp"
#include "common/program.hpp"

using namespace zoomin;

namespace {

constexpr auto namespaces = CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWNS;

int run(request& request, const net::options& from, const mnt::options& files) {
  pid::validate_hostname(request.hostname);
  if (request.command.empty()) request.command = {"sh"};
  const auto network = from.wanted();
  auto root = files.wanted(request.hostname);

  net::bridge bridge(network.on);
  const auto lease = bridge.reserve(std::to_string(::getpid()), network.ip);
  mnt::give_address(root.places, request.hostname, lease.place.own.text());
  auto child = pid::spawn({.namespaces = namespaces,
                           .command = request.command,
                           .environment = mnt::environment(request.hostname),
                           .init = request.init},
                          [&](pid::gate&) {
                            pid::set_hostname(request.hostname);
                            net::configure(lease.place);
                            mnt::make_private();
                            mnt::enter_root(mnt::bind_root(root.directory), root.places,
                                            root.read_only);
                          });
  auto cable = bridge.connect(child.id(), lease.place);
  auto ports = bridge.publish(lease.place, network.ports);
  child.release();
  bridge.settle(cable);
  if (request.look || request.explain)
    look::print(
        concat({pid::facts(child.id()), net::facts(child.id()), mnt::facts(child.id())}));
  const auto its_mounts = mnt::hold_namespace(child.id());
  child.start();
  const auto ending = child.wait();

  cable.pull();
  ports.withdraw();
  bridge.leave(from.keep_bridge);
  if (request.explain)
    look::print_leftovers(
        concat({{pid::leftovers(child.id()), mnt::leftovers(its_mounts)},
                net::leftovers(network.on.name, cable.port())}));
  return ending.status();
}

}  // namespace

int main(int argc, char** argv) {
  program step3("step3", "A process with files of its own, on a network, in a new root.");
  net::options from;
  mnt::options files;
  net::add_options(step3.add(), from);
  mnt::add_options(step3.add(), files);
  step3.proves(concat({pid::proofs(), net::proofs(), mnt::proofs()}));
  return step3.run(argc, argv,
                   [&](request& request) { return run(request, from, files); });
}
