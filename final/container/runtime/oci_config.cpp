// SPDX-License-Identifier: MIT
#include "container/runtime/oci_config.hpp"

#include <sched.h>

#include <algorithm>

#include "01-pid/pid.hpp"
#include "container/runtime/mounts.hpp"
#include "container/store.hpp"

namespace zoomin::container {

namespace {

std::vector<name_space> namespaces_of(const asked& wanted, const neighbours& others) {
  std::vector<name_space> all{{CLONE_NEWNS}};
  const auto add = [&](std::uint64_t flag, bool is_the_hosts) {
    if (!is_the_hosts) all.push_back({flag, others.path_of(flag)});
  };
  add(CLONE_NEWPID, wanted.shares.pid.with_host);
  add(CLONE_NEWNET, wanted.network == "host");
  add(CLONE_NEWUTS, wanted.shares.uts.with_host);
  add(CLONE_NEWIPC, wanted.shares.ipc.with_host);
  add(CLONE_NEWCGROUP, wanted.shares.cgroup.with_host);
  return all;
}

std::vector<security::device_rule> devices_of(const asked& wanted) {
  if (wanted.privileged) return {security::device_rule{}};
  auto all = security::default_devices();
  for (const auto& one : wanted.devices) all.push_back(rule_of(one));
  all.insert(all.end(), wanted.device_rules.begin(), wanted.device_rules.end());
  return all;
}

// A network of its own lets programs without rights ping, and listen on each port.
std::vector<std::pair<std::string, std::string>> sysctls_of(const asked& wanted) {
  std::vector<std::pair<std::string, std::string>> all;
  if (wanted.has_own_network())
    all = {{"net.ipv4.ping_group_range", "0 2147483647"},
           {"net.ipv4.ip_unprivileged_port_start", "0"}};
  for (const auto& setting : wanted.sysctls) {
    std::erase_if(all, [&](const auto& one) { return one.first == setting.first; });
    all.push_back(setting);
  }
  return all;
}

process first_of(const asked& wanted, const std::string& id) {
  process first = wanted.first;
  first.keyring = id;
  first.limits = security::rlimits(wanted.first.limits);
  if (pid::variable(first.environment, "HOSTNAME").empty())
    first.environment.push_back("HOSTNAME=" + wanted.hostname);
  return first;
}

}  // namespace

std::uint64_t config::new_namespaces() const {
  std::uint64_t all = 0;
  for (const auto& one : namespaces)
    if (one.path.empty()) all |= one.flag;
  return all;
}

config config_of(const asked& wanted, const std::string& id, const neighbours& others,
                 std::vector<std::string> layers, std::vector<mnt::place> mounts) {
  return {.first = first_of(wanted, id),
          .init = wanted.init,
          .hostname = wanted.hostname,
          .namespaces = namespaces_of(wanted, others),
          .layers = std::move(layers),
          .writable = directory_of(id) + "/layer",
          .read_only = wanted.read_only,
          .mounts = std::move(mounts),
          .fills = volumes_to_fill(wanted),
          .cgroup_parent = wanted.cgroup_parent,
          .limits = wanted.limits,
          .devices = devices_of(wanted),
          .hidden =
              wanted.masks ? security::default_hidden_paths() : security::hidden_paths{},
          .sysctls = sysctls_of(wanted),
          .annotations = wanted.annotations};
}

}  // namespace zoomin::container
