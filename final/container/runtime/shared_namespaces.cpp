// SPDX-License-Identifier: MIT
#include "container/runtime/shared_namespaces.hpp"

#include <fmt/format.h>
#include <sched.h>

#include "common/error.hpp"
#include "common/sys.hpp"
#include "container/control.hpp"
#include "container/reconcile.hpp"
#include "container/runtime/oci_config.hpp"
#include "container/store.hpp"

namespace zoomin::container {

namespace {

[[noreturn]] void refuse(const char* setting, const std::string& id, const char* why,
                         const std::string& hint = {}) {
  throw usage_error(
      fmt::format("{} {}{}: {}", setting, of_container, id.substr(0, 12), why), hint);
}

std::string short_mode(const container_spec& spec) {
  return spec.network.substr(0, of_container.size() + 12);
}

}  // namespace

std::vector<std::string> joined_by(const container_spec& spec) {
  const auto& shares = spec.shares;
  std::vector<std::string> containers{container_in(spec.network), shares.pid.with,
                                      shares.ipc.with, shares.uts.with,
                                      shares.cgroup.with};
  std::erase(containers, "");
  return containers;
}

// Finds a running container. The pidfd is opened before the state is read again: if the
// number is the same then, the pidfd refers to its process.
std::optional<shared_namespaces::peer> shared_namespaces::find_running(
    const std::string& id, const char* setting) {
  if (id.empty()) return std::nullopt;
  if (!exists(id)) refuse(setting, id, "no such container");
  const auto refuse_stopped = [&] {
    refuse(setting, id, "the container is not running",
           "run `zoomin start " + id.substr(0, 12) + "` first");
  };
  const state before = reconcile(id);
  if (before.status != status::running) refuse_stopped();
  peer found{setting, id, parse_spec(container_json(id)), before,
             sys::pidfd_open(before.pid)};
  const state now = reconcile(id);
  if (now.status != status::running || now.pid != before.pid) refuse_stopped();
  return found;
}

shared_namespaces::shared_namespaces(const container_spec& spec)
    : network_(find_running(container_in(spec.network), "HostConfig.NetworkMode")),
      processes_(find_running(spec.shares.pid.with, "HostConfig.PidMode")),
      memory_(find_running(spec.shares.ipc.with, "HostConfig.IpcMode")),
      name_(find_running(spec.shares.uts.with, "HostConfig.UTSMode")),
      cgroups_(find_running(spec.shares.cgroup.with, "HostConfig.CgroupnsMode")) {
  if (memory_ && !memory_->spec.shared_memory)
    refuse("HostConfig.IpcMode", memory_->id,
           "the container has no shared memory (HostConfig.IpcMode none)");
  if (name_ && !name_->spec.shares.uts.none())
    refuse("HostConfig.UTSMode", name_->id,
           "the container itself uses another UTS namespace; join that one instead");
  if (network_ && !container_in(network_->spec.network).empty())
    refuse("HostConfig.NetworkMode", network_->id,
           "the container itself uses another container's network; join that one instead",
           "use HostConfig.NetworkMode " + short_mode(network_->spec));
}

std::string shared_namespaces::path_of(std::uint64_t flag) const {
  const auto path = [](const std::optional<peer>& joined, const char* name) {
    return joined ? fmt::format("/proc/{}/ns/{}", joined->current_state.pid, name)
                  : std::string();
  };
  switch (flag) {
    case CLONE_NEWNET:
      return path(network_, "net");
    case CLONE_NEWPID:
      return path(processes_, "pid");
    case CLONE_NEWIPC:
      return path(memory_, "ipc");
    case CLONE_NEWNS:
      return path(memory_, "mnt");
    case CLONE_NEWUTS:
      return path(name_, "uts");
    case CLONE_NEWCGROUP:
      return path(cgroups_, "cgroup");
    default:
      return {};
  }
}

void shared_namespaces::require_running() const {
  for (const auto* joined : {&network_, &processes_, &memory_, &name_, &cgroups_})
    if (*joined && !sys::pidfd_send_signal((*joined)->pidfd.get(), 0))
      refuse((*joined)->setting, (*joined)->id, "the container has just ended");
}

container_spec shared_namespaces::with_joined_network(container_spec spec) const {
  if (!network_) return spec;
  const container_spec& other = network_->spec;
  spec.network = other.network;
  spec.networks = other.networks;
  spec.hosts = other.hosts;
  spec.names = other.names;
  return spec;
}

std::string shared_namespaces::hostname_or(const std::string& own) const {
  const auto& other = name_ ? name_ : network_;
  return other ? hostname_in(read_config(other->id)) : own;
}

std::string shared_namespaces::address_or(const std::string& own) const {
  return network_ ? network_->current_state.address() : own;
}

void shared_namespaces::prevent_spoofing() const {
  if (!network_ || !network_->spec.on_bridge()) return;
  auto owner = control::connect(network_->id);
  if (!owner)
    refuse("HostConfig.NetworkMode", network_->id, "the container is not running");
  owner->ask("pin");
}

}  // namespace zoomin::container
