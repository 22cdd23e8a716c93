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
#include "common/look.hpp"
#include "common/program.hpp"
#include "common/together.hpp"

using namespace zoomin;

namespace {

constexpr auto namespaces = CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWNS;

int run(request& asked, const net::options& from, const mnt::options& files) {
  pid::validate_hostname(asked.hostname);
  if (asked.command.empty()) asked.command = {"sh"};
  const auto network = from.wanted();
  auto root = files.wanted(asked.hostname);

  net::bridge bridge(network.on);
  const auto lease = bridge.reserve(std::to_string(::getpid()), network.ip);
  mnt::give_address(root.places, asked.hostname, lease.place.own.text());
  auto child = pid::spawn({.namespaces = namespaces,
                           .command = asked.command,
                           .environment = mnt::environment(asked.hostname),
                           .init = asked.init},
                          [&](pid::gate&) {
                            pid::set_hostname(asked.hostname);
                            net::configure(lease.place);
                            mnt::make_private();
                            mnt::enter_root(mnt::bind_root(root.directory), root.places,
                                            root.read_only);
                          });
  auto cable = bridge.connect(child.id(), lease.place);
  auto ports = bridge.publish(lease.place, network.ports);
  child.release();
  bridge.settle(cable);
  if (asked.look || asked.explain)
    look::print(together(
        {pid::facts(child.id()), net::facts(child.id()), mnt::facts(child.id())}));
  const auto its_mounts = mnt::hold_namespace(child.id());
  child.start();
  const auto ending = child.wait();

  cable.pull();
  ports.withdraw();
  bridge.leave(from.keep_bridge);
  if (asked.explain)
    look::print_remains(together({{pid::remains(child.id()), mnt::remains(its_mounts)},
                                  net::remains(network.on.name, cable.port())}));
  return ending.status();
}

}  // namespace

int main(int argc, char** argv) {
  program step3("step3", "A process with files of its own, on a network, in a new root.");
  net::options from;
  mnt::options files;
  net::add_options(step3.add(), from);
  mnt::add_options(step3.add(), files);
  step3.proves(together({pid::proofs(), net::proofs(), mnt::proofs()}));
  return step3.run(argc, argv, [&](request& asked) { return run(asked, from, files); });
}
