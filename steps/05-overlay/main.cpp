// SPDX-License-Identifier: MIT
// step5: a whole container: five mechanisms, in the order in which they are applied.
#include <fmt/format.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "01-pid/look.hpp"
#include "01-pid/pid.hpp"
#include "02-net/coordination/shared_bridge.hpp"
#include "02-net/lab/options.hpp"
#include "02-net/look.hpp"
#include "03-mnt/lab/demo_root.hpp"
#include "03-mnt/lab/options.hpp"
#include "03-mnt/look.hpp"
#include "04-cgroups/lab/options.hpp"
#include "04-cgroups/look.hpp"
#include "05-overlay/lab/options.hpp"
#include "05-overlay/look.hpp"
#include "05-overlay/overlay.hpp"
#include "common/concat.hpp"
#include "common/look.hpp"
#include "common/program.hpp"

using namespace zoomin;

namespace {

struct step_options {
  net::options net;
  mnt::options mnt;
  cgroup::options cgroup;
  overlay::options overlay;
};

int run(request& request, step_options& options) {
  pid::validate_hostname(request.hostname);
  const auto layers = options.overlay.all(options.mnt.rootfs, mnt::demo_root());
  options.mnt.rootfs = layers.front();  // step 3's root is the lowest layer
  auto files = options.mnt.parsed(request.hostname);
  const auto network = options.net.parsed();
  const auto limits = options.cgroup.parsed();
  const std::string name = fmt::format("{}-{}", request.hostname, ::getpid());
  if (request.command.empty()) request.command = {"sh"};

  cgroup::clean_up();
  auto group = cgroup::create(name, limits, options.cgroup.parent.value_or(""));
  auto writable = options.overlay.keep ? overlay::keep(*options.overlay.keep, layers)
                                       : overlay::create(name, layers);
  net::shared_bridge bridge(network.definition);
  const auto lease = bridge.reserve(name, network.ip);
  mnt::give_address(files.mounts, request.hostname, lease.endpoint.own.text());

  auto child = pid::spawn({.namespaces = CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC |
                                         CLONE_NEWNET | CLONE_NEWNS,
                           .cgroup = group.fd(),
                           .command = request.command,
                           .environment = mnt::environment(request.hostname),
                           .init = request.init},
                          [&](pid::gate& door) {
                            group.join();
                            cgroup::enter();
                            pid::set_hostname(request.hostname);
                            net::configure(lease.endpoint);
                            mnt::make_private();
                            mnt::enter_root(overlay::mount(layers, writable, door),
                                            files.mounts, files.read_only);
                          });
  auto cable = bridge.connect(child.id(), lease.endpoint);
  auto ports = bridge.publish(lease.endpoint, network.ports);
  child.release();
  bridge.settle(cable);
  writable.received(child.received_descriptors());
  if (request.look || request.explain)
    look::print(
        concat({pid::facts(child.id()), net::facts(child.id()), mnt::facts(child.id()),
                cgroup::facts(child.id()), overlay::facts(child.id())}));
  child.start();
  const auto result = child.wait();

  cgroup::report_end(group, result.status() == 128 + SIGKILL, request.explain, "step5");
  if (request.explain) overlay::print_changes(writable, layers);
  writable.discard();
  cable.pull();
  ports.withdraw();
  bridge.leave(options.net.keep_bridge);
  const auto groups = group.directories();
  group.remove();
  if (request.explain)
    look::print_leftovers(concat(
        {{pid::leftovers(child.id())},
         net::leftovers(network.definition.name, cable.port()),
         {cgroup::leftovers(name, groups), overlay::leftovers(writable.directory())}}));
  return result.status();
}

}  // namespace

int main(int argc, char** argv) {
  program step5("step5", "A whole container: five mechanisms together.");
  step_options options;
  net::add_options(step5.add(), options.net);
  mnt::add_options(step5.add(), options.mnt);
  cgroup::add_options(step5.add(), options.cgroup);
  overlay::add_options(step5.add(), options.overlay);
  step5.proves(concat({pid::proofs(), net::proofs(), mnt::proofs(), cgroup::proofs(),
                       overlay::proofs()}));
  return step5.run(argc, argv, [&](request& request) { return run(request, options); });
}
