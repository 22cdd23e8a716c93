// SPDX-License-Identifier: MIT
#include "container/runtime/make_config.hpp"

#include <sched.h>

#include <algorithm>

#include "01-pid/pid.hpp"
#include "container/runtime/mounts.hpp"
#include "container/store.hpp"

namespace zoomin::container {

namespace {

std::vector<namespace_entry> namespaces_of(const container_spec& spec,
                                           const shared_namespaces& others) {
  std::vector<namespace_entry> entries{{CLONE_NEWNS}};
  const auto add = [&](std::uint64_t flag, bool is_the_hosts) {
    if (!is_the_hosts) entries.push_back({flag, others.path_of(flag)});
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
  for (const auto& one : spec.devices) rules.push_back(rule_of(one));
  rules.insert(rules.end(), spec.device_rules.begin(), spec.device_rules.end());
  return rules;
}

// A network of its own lets programs without rights ping, and listen on each port.
std::vector<std::pair<std::string, std::string>> sysctls_of(const container_spec& spec) {
  std::vector<std::pair<std::string, std::string>> result;
  if (spec.has_own_network())
    result = {{"net.ipv4.ping_group_range", "0 2147483647"},
              {"net.ipv4.ip_unprivileged_port_start", "0"}};
  for (const auto& setting : spec.sysctls) {
    std::erase_if(result, [&](const auto& one) { return one.first == setting.first; });
    result.push_back(setting);
  }
  return result;
}

process first_of(const container_spec& spec, const std::string& id) {
  process first = spec.first;
  first.keyring = id;
  first.limits = security::rlimits(spec.first.limits);
  if (pid::variable(first.environment, "HOSTNAME").empty())
    first.environment.push_back("HOSTNAME=" + spec.hostname);
  return first;
}

}  // namespace

oci_config make_config(const container_spec& spec, const std::string& id,
                       const shared_namespaces& others, std::vector<std::string> layers,
                       std::vector<mnt::mount_entry> mounts) {
  return {
      .first = first_of(spec, id),
      .init = spec.init,
      .hostname = spec.hostname,
      .namespaces = namespaces_of(spec, others),
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
