// SPDX-License-Identifier: MIT
#include "container/runtime/make_config.hpp"

#include <sched.h>

#include <algorithm>

#include "01-pid/executable.hpp"
#include "container/runtime/mounts.hpp"
#include "container/store.hpp"

namespace zoomin::container {

namespace {

std::vector<namespace_entry> namespaces_of(const container_spec& spec,
                                           const shared_namespaces& shared) {
  std::vector<namespace_entry> entries{{CLONE_NEWNS}};
  const auto add = [&](std::uint64_t flag, bool with_host) {
    if (!with_host) entries.push_back({flag, shared.path_of(flag)});
  };
  add(CLONE_NEWPID, spec.shares.pid.with_host);
  add(CLONE_NEWNET, spec.network == "host");
  add(CLONE_NEWUTS, spec.shares.uts.with_host);
  add(CLONE_NEWIPC, spec.shares.ipc.with_host);
  add(CLONE_NEWCGROUP, spec.shares.cgroup.with_host);
  return entries;
}

std::vector<security::device_rule> devices_of(const container_spec& spec) {
  if (spec.privileged) return {security::device_rule{}};
  auto rules = security::default_devices();
  for (const auto& device : spec.devices) rules.push_back(rule_of(device));
  rules.insert(rules.end(), spec.device_rules.begin(), spec.device_rules.end());
  return rules;
}

// Returns the kernel settings. If the container has its own network, unprivileged
// programs may ping and listen at any port.
std::vector<std::pair<std::string, std::string>> sysctls_of(const container_spec& spec) {
  std::vector<std::pair<std::string, std::string>> settings;
  if (spec.has_own_network())
    settings = {{"net.ipv4.ping_group_range", "0 2147483647"},
                {"net.ipv4.ip_unprivileged_port_start", "0"}};
  for (const auto& setting : spec.sysctls) {
    std::erase_if(settings,
                  [&](const auto& earlier) { return earlier.first == setting.first; });
    settings.push_back(setting);
  }
  return settings;
}

process process_of(const container_spec& spec, const std::string& id) {
  process process = spec.init_process;
  process.keyring = id;
  process.limits = security::rlimits(spec.init_process.limits);
  if (pid::variable(process.environment, "HOSTNAME").empty())
    process.environment.push_back("HOSTNAME=" + spec.hostname);
  return process;
}

}  // namespace

oci_config make_config(const container_spec& spec, const std::string& id,
                       const shared_namespaces& shared, std::vector<std::string> layers,
                       std::vector<mnt::mount_entry> mounts) {
  return {
      .init_process = process_of(spec, id),
      .init = spec.init,
      .hostname = spec.hostname,
      .namespaces = namespaces_of(spec, shared),
      .shared_memory = shared.path_of(CLONE_NEWNS),
      .layers = std::move(layers),
      .writable = directory_of(id) + "/layer",
      .read_only = spec.read_only,
      .mounts = std::move(mounts),
      .fills = volumes_to_fill(spec),
      .cgroup_parent = spec.cgroup_parent,
      .limits = spec.limits,
      .devices = devices_of(spec),
      .hidden = spec.masks ? security::default_hidden_paths() : security::hidden_paths{},
      .sysctls = sysctls_of(spec),
      .annotations = spec.annotations};
}

}  // namespace zoomin::container
