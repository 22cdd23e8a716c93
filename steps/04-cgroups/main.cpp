// SPDX-License-Identifier: MIT
// step4: a process with limits: four namespaces of its own, in a cgroup of its own.
#include <fmt/format.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "01-pid/look.hpp"
#include "01-pid/pid.hpp"
#include "02-net/lab/options.hpp"
#include "02-net/look.hpp"
#include "03-mnt/lab/options.hpp"
#include "03-mnt/look.hpp"
#include "04-cgroups/lab/compare.hpp"
#include "04-cgroups/lab/options.hpp"
#include "04-cgroups/look.hpp"
#include "common/concat.hpp"
#include "common/look.hpp"
#include "common/program.hpp"

using namespace zoomin;

namespace {

constexpr auto namespaces = CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWNS;

struct wishes {
  net::options cable;
  mnt::options files;
  cgroup::options bounds;
  bool compare = false;
};

int run(request& request, const wishes& more) {
  if (more.compare) return cgroup::compare();
  pid::validate_hostname(request.hostname);
  if (request.command.empty()) request.command = {"sh"};
  const auto network = more.cable.parsed();
  auto root = more.files.parsed(request.hostname);
  const auto limits = more.bounds.wanted();
  const std::string name = fmt::format("{}-{}", request.hostname, ::getpid());

  cgroup::clean_up();
  auto group = cgroup::create(name, limits, more.bounds.parent.value_or(""));
  net::bridge bridge(network.definition);
  const auto lease = bridge.reserve(name, network.ip);
  mnt::give_address(root.mounts, request.hostname, lease.endpoint.own.text());
  auto child = pid::spawn({.namespaces = namespaces,
                           .cgroup = group.fd(),
                           .command = request.command,
                           .environment = mnt::environment(request.hostname),
                           .init = request.init},
                          [&](pid::gate&) {
                            group.join();  // version 1: it wasn't born there
                            cgroup::enter();
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
  if (request.look || request.explain)
    look::print(concat({pid::facts(child.id()), net::facts(child.id()),
                        mnt::facts(child.id()), cgroup::facts(child.id())}));
  child.start();
  const auto ending = child.wait();

  cgroup::tell_end(group, ending.status() == 128 + SIGKILL, request.explain, "step4");
  const auto directories = group.directories();
  cable.pull();
  ports.withdraw();
  bridge.leave(more.cable.keep_bridge);
  group.remove();
  if (request.explain)
    look::print_leftovers(
        concat({{pid::leftovers(child.id()), cgroup::leftovers(name, directories)},
                net::leftovers(network.definition.name, cable.port())}));
  return ending.status();
}

}  // namespace

int main(int argc, char** argv) {
  program step4("step4", "A process with limits, on a network, with files of its own.");
  wishes more;
  net::add_options(step4.add(), more.cable);
  mnt::add_options(step4.add(), more.files);
  cgroup::add_options(step4.add(), more.bounds);
  step4.add().toggle("--compare", more.compare,
                     "show three containers with different limits under one load");
  step4.proves(concat({pid::proofs(), net::proofs(), mnt::proofs(), cgroup::proofs()}));
  return step4.run(argc, argv, [&](request& request) { return run(request, more); });
}
