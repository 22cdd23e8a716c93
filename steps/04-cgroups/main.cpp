// SPDX-License-Identifier: MIT
// step4: a process with limits: in its own namespaces and its own cgroup.
#include <fmt/format.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "01-pid/look.hpp"
#include "01-pid/pid.hpp"
#include "02-net/coordination/shared_bridge.hpp"
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

struct step_options {
  net::options net;
  mnt::options mnt;
  cgroup::options cgroup;
  bool compare = false;
};

int run(request& request, const step_options& options) {
  if (options.compare) return cgroup::compare();
  pid::validate_hostname(request.hostname);
  if (request.command.empty()) request.command = {"sh"};
  const auto network = options.net.parsed();
  auto root = options.mnt.parsed(request.hostname);
  const auto limits = options.cgroup.parsed();
  const std::string name = fmt::format("{}-{}", request.hostname, ::getpid());

  cgroup::clean_up();
  auto group = cgroup::create(name, limits, options.cgroup.parent.value_or(""));
  net::shared_bridge bridge(network.definition);
  const auto lease = bridge.reserve(name, network.ip);
  mnt::give_address(root.mounts, request.hostname, lease.endpoint.own.text());
  auto child = pid::spawn({.namespaces = namespaces,
                           .cgroup = group.fd(),
                           .command = request.command,
                           .environment = mnt::environment(request.hostname),
                           .init = request.init},
                          [&](pid::gate&) {
                            group.join();  // version 1: clone3 couldn't do it
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
  const auto result = child.wait();

  cgroup::report_end(group, result.status() == 128 + SIGKILL, request.explain, "step4");
  const auto directories = group.directories();
  cable.pull();
  ports.withdraw();
  bridge.leave(options.net.keep_bridge);
  group.remove();
  if (request.explain)
    look::print_leftovers(
        concat({{pid::leftovers(child.id()), cgroup::leftovers(name, directories)},
                net::leftovers(network.definition.name, cable.port())}));
  return result.status();
}

}  // namespace

int main(int argc, char** argv) {
  program step4("step4", "A process with limits, its own network and its own root.");
  step_options options;
  net::add_options(step4.add(), options.net);
  mnt::add_options(step4.add(), options.mnt);
  cgroup::add_options(step4.add(), options.cgroup);
  step4.add().toggle("--compare", options.compare,
                     "compare three containers with different limits");
  step4.proves(concat({pid::proofs(), net::proofs(), mnt::proofs(), cgroup::proofs()}));
  return step4.run(argc, argv, [&](request& request) { return run(request, options); });
}
