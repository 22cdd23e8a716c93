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
  std::vector<std::string> containers{
      container_in(spec.network), shares.pid.with_container, shares.ipc.with_container,
      shares.uts.with_container, shares.cgroup.with_container};
  std::erase(containers, "");
  return containers;
}

// Finds a running container. Reads the state again after opening the pidfd: if the PID is
// unchanged, the pidfd refers to the container's init.
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
    : net_(find_running(container_in(spec.network), "HostConfig.NetworkMode")),
      pid_(find_running(spec.shares.pid.with_container, "HostConfig.PidMode")),
      ipc_(find_running(spec.shares.ipc.with_container, "HostConfig.IpcMode")),
      uts_(find_running(spec.shares.uts.with_container, "HostConfig.UTSMode")),
      cgroup_(
          find_running(spec.shares.cgroup.with_container, "HostConfig.CgroupnsMode")) {
  if (ipc_ && !ipc_->spec.shared_memory)
    refuse("HostConfig.IpcMode", ipc_->id,
           "the container has no shared memory (HostConfig.IpcMode none)");
  if (uts_ && !uts_->spec.shares.uts.is_private())
    refuse("HostConfig.UTSMode", uts_->id,
           "the container itself uses another UTS namespace; join that one instead");
  if (net_ && !container_in(net_->spec.network).empty())
    refuse("HostConfig.NetworkMode", net_->id,
           "the container itself uses another container's network; join that one instead",
           "use HostConfig.NetworkMode " + short_mode(net_->spec));
}

std::string shared_namespaces::path_of(std::uint64_t flag) const {
  const auto path = [](const std::optional<peer>& joined, const char* name) {
    return joined ? fmt::format("/proc/{}/ns/{}", joined->current_state.pid, name)
                  : std::string();
  };
  switch (flag) {
    case CLONE_NEWNET:
      return path(net_, "net");
    case CLONE_NEWPID:
      return path(pid_, "pid");
    case CLONE_NEWIPC:
      return path(ipc_, "ipc");
    case CLONE_NEWNS:
      return path(ipc_, "mnt");
    case CLONE_NEWUTS:
      return path(uts_, "uts");
    case CLONE_NEWCGROUP:
      return path(cgroup_, "cgroup");
    default:
      return {};
  }
}

void shared_namespaces::require_running() const {
  for (const auto* joined : {&net_, &pid_, &ipc_, &uts_, &cgroup_})
    if (*joined && !sys::pidfd_send_signal((*joined)->pidfd.get(), 0))
      refuse((*joined)->setting, (*joined)->id, "the container has just ended");
}

container_spec shared_namespaces::with_joined_network(container_spec spec) const {
  if (!net_) return spec;
  const container_spec& other = net_->spec;
  spec.network = other.network;
  spec.networks = other.networks;
  spec.hosts = other.hosts;
  spec.names = other.names;
  return spec;
}

std::string shared_namespaces::hostname_or(const std::string& own) const {
  const auto& other = uts_ ? uts_ : net_;
  return other ? hostname_in(read_config(other->id)) : own;
}

std::string shared_namespaces::address_or(const std::string& own) const {
  return net_ ? net_->current_state.address() : own;
}

void shared_namespaces::prevent_spoofing() const {
  if (!net_ || !net_->spec.on_bridge()) return;
  auto owner = control::connect(net_->id);
  if (!owner) refuse("HostConfig.NetworkMode", net_->id, "the container is not running");
  owner->ask("pin");
}

}  // namespace zoomin::container
