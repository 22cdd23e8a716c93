// SPDX-License-Identifier: MIT
// step5: a whole container: five mechanisms, in the order in which they are applied.
#include <fmt/format.h>
#include <unistd.h>

#include <optional>
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
#include "03-mnt/lab/demo_root.hpp"
#include "03-mnt/lab/options.hpp"
#include "03-mnt/look.hpp"
#include "04-cgroups/coordination/cleanup.hpp"
#include "04-cgroups/coordination/create.hpp"
#include "04-cgroups/lab/check.hpp"
#include "04-cgroups/lab/options.hpp"
#include "04-cgroups/look.hpp"
#include "05-overlay/lab/check.hpp"
#include "05-overlay/lab/options.hpp"
#include "05-overlay/look.hpp"
#include "05-overlay/overlay.hpp"
#include "common/concat.hpp"
#include "common/lab/program.hpp"
#include "common/look.hpp"

using namespace zoomin;

namespace {

constexpr auto namespaces =
    CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWNS;

struct step_options {
  net::options net;
  mnt::options mnt;
  cgroup::options cgroup;
  overlay::options overlay;
};

// The parsed options.
struct plan {
  net::network_options network;
  cgroup::limits limits;
  std::string cgroup_parent;
  std::vector<std::string> layers;
  std::optional<std::string> keep;  // the directory of a persistent writable layer
  mnt::mount_options root;
  std::string name;  // of the cgroup and of the writable layer
};

plan plan_of(const request& request, step_options options) {
  pid::validate_hostname(request.hostname);
  const auto layers = options.overlay.parsed_layers(options.mnt.rootfs, mnt::demo_root());
  options.mnt.rootfs = layers.front();  // step 3's root is the lowest layer
  return {.network = options.net.parsed(),
          .limits = options.cgroup.parsed(),
          .cgroup_parent = options.cgroup.parent.value_or(""),
          .layers = layers,
          .keep = options.overlay.parsed_keep(),
          .root = options.mnt.parsed(request.hostname),
          .name = fmt::format("{}-{}", request.hostname, ::getpid())};
}

overlay::writable writable_layer(const plan& plan) {
  return plan.keep ? overlay::keep(*plan.keep, plan.layers)
                   : overlay::create(plan.name, plan.layers);
}

std::vector<look::row> facts(pid_t pid) {
  return concat({pid::facts(pid), net::facts(pid), mnt::facts(pid), cgroup::facts(pid),
                 overlay::facts(pid)});
}

void show(const request& request, pid_t child) {
  write_pid_file(request, child);
  look::show(request.look, [&] { return facts(child); });
}

void show_leftovers(const request& request, pid_t child, const plan& plan,
                    const net::cable& cable, const overlay::writable& writable) {
  if (request.explain)
    look::print_leftovers(
        concat({{pid::leftovers(child)},
                net::leftovers(plan.network.definition.name, cable.port()),
                {cgroup::leftovers(plan.name, plan.cgroup_parent),
                 overlay::leftovers(writable.directory())}}));
}

int run(const request& request, plan plan) {
  look::record_before([] { return facts(::getpid()); });
  cgroup::clean_up();
  auto group = cgroup::create(plan.name, plan.limits, plan.cgroup_parent);
  auto writable = writable_layer(plan);
  net::shared_bridge bridge(plan.network.definition);
  const auto lease = bridge.reserve(plan.name, plan.network.ip);
  mnt::give_address(plan.root.mounts, request.hostname, lease.endpoint.own.text());
  auto child = pid::spawn({.namespaces = namespaces,
                           .cgroup = group.fd(),
                           .command = request.command,
                           .environment = mnt::environment(request.hostname),
                           .init = request.init},
                          [&](pid::gate& gate) {
                            group.join();
                            cgroup::enter();
                            pid::set_hostname(request.hostname);
                            net::configure(lease.endpoint);
                            mnt::make_private();
                            mnt::enter_root(overlay::mount(plan.layers, writable, gate),
                                            plan.root.mounts, plan.root.read_only);
                          });
  auto cable = bridge.connect(child.id(), lease.endpoint);
  auto ports = bridge.publish(lease.endpoint, plan.network.ports);
  child.release();
  bridge.settle(cable);
  writable.take_descriptor(child.received_descriptors());
  show(request, child.id());
  child.start();
  const auto result = child.wait();

  cgroup::report_end(group, result.status(), request.explain, "step5");
  if (request.explain) overlay::print_changes(writable, plan.layers);
  writable.discard();
  cable.pull();
  ports.withdraw();
  bridge.leave(plan.network.keep_bridge);
  group.remove();
  show_leftovers(request, child.id(), plan, cable, writable);
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
  return step5.run(argc, argv, [&](const request& request) {
    return run(request, plan_of(request, options));
  });
}
