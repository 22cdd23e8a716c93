// SPDX-License-Identifier: MIT
// step4: a process with limits: in its own namespaces and its own cgroup.
#include <fmt/format.h>
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
#include "04-cgroups/coordination/cleanup.hpp"
#include "04-cgroups/coordination/create.hpp"
#include "04-cgroups/lab/check.hpp"
#include "04-cgroups/lab/compare.hpp"
#include "04-cgroups/lab/options.hpp"
#include "04-cgroups/look.hpp"
#include "common/concat.hpp"
#include "common/lab/program.hpp"
#include "common/look.hpp"

using namespace zoomin;

namespace {

constexpr auto namespaces = CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWNS;

struct step_options {
  net::options net;
  mnt::options mnt;
  cgroup::options cgroup;
  bool compare = false;
};

// The parsed options.
struct plan {
  net::network_options network;
  cgroup::limits limits;
  std::string cgroup_parent;
  mnt::mount_options root;
  std::string name;  // of the cgroup
};

plan plan_of(const request& request, const step_options& options) {
  pid::validate_hostname(request.hostname);
  return {.network = options.net.parsed(),
          .limits = options.cgroup.parsed(),
          .cgroup_parent = options.cgroup.parent.value_or(""),
          .root = options.mnt.parsed(request.hostname),
          .name = fmt::format("{}-{}", request.hostname, ::getpid())};
}

std::vector<look::row> facts(pid_t pid) {
  return concat({pid::facts(pid), net::facts(pid), mnt::facts(pid), cgroup::facts(pid)});
}

void show(const request& request, pid_t child) {
  write_pid_file(request, child);
  look::show(request.look, [&] { return facts(child); });
}

void show_leftovers(const request& request, pid_t child, const plan& plan,
                    const net::cable& cable) {
  if (request.explain)
    look::print_leftovers(
        concat({{pid::leftovers(child), cgroup::leftovers(plan.name, plan.cgroup_parent)},
                net::leftovers(plan.network.definition.name, cable.port())}));
}

int run(const request& request, plan plan) {
  look::record_before([] { return facts(::getpid()); });
  cgroup::clean_up();
  auto group = cgroup::create(plan.name, plan.limits, plan.cgroup_parent);
  net::shared_bridge bridge(plan.network.definition);
  const auto lease = bridge.reserve(plan.name, plan.network.ip);
  mnt::give_address(plan.root.mounts, request.hostname, lease.endpoint.own.text());
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
                            mnt::enter_root(mnt::bind_root(plan.root.directory),
                                            plan.root.mounts, plan.root.read_only);
                          });
  auto cable = bridge.connect(child.id(), lease.endpoint);
  auto ports = bridge.publish(lease.endpoint, plan.network.ports);
  child.release();
  bridge.settle(cable);
  show(request, child.id());
  child.start();
  const auto result = child.wait();

  cgroup::report_end(group, result.status(), request.explain, "step4");
  cable.pull();
  ports.withdraw();
  bridge.leave(plan.network.keep_bridge);
  group.remove();
  show_leftovers(request, child.id(), plan, cable);
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
  return step4.run(argc, argv, [&](const request& request) {
    return options.compare ? cgroup::compare() : run(request, plan_of(request, options));
  });
}
