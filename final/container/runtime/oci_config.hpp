// SPDX-License-Identifier: MIT
// oci_config: all that a container's lower half is told: config.json, in the shape of the
// OCI runtime specification (config.md, config-linux.md), derived from container.json at
// each start. What that has no words for are annotations, "zoomin.…".
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "03-mnt/mnt.hpp"
#include "04-cgroups/limits.hpp"
#include "container/runtime/process.hpp"
#include "container/runtime/volumes.hpp"
#include "container/spec/spec.hpp"
#include "security/security.hpp"

namespace zoomin::container {

// One that the container has and the host hasn't; those that are missing are the host's.
struct namespace_entry {
  std::uint64_t flag = 0;  // CLONE_NEW…
  std::string path{};      // of another container's; empty: a new one
};

struct oci_config {
  process first;
  bool init = false;
  std::string hostname;
  std::vector<namespace_entry> namespaces;
  std::vector<std::string> layers;  // of its root, the lowest one first
  std::string writable;             // the directory of the one that it writes to
  bool read_only = false;
  std::vector<mnt::mount_entry> mounts;
  std::vector<filled_volume> fills;
  std::string cgroup_parent;
  cgroup::limits limits;
  std::vector<security::device_rule> devices;
  security::hidden_paths hidden;
  std::vector<std::pair<std::string, std::string>> sysctls;
  std::vector<std::pair<std::string, std::string>> annotations;  // its user's

  // CLONE_NEW… of those to be made.
  [[nodiscard]] std::uint64_t new_namespaces() const;
};

// config.json; and beside it in `filter`, as the kernel takes it, that of a profile,
// empty without one. Throws sys::error.
std::string text_of(const oci_config& config, const std::string& id);
std::string filter_of(const oci_config& config);

// What a process more is told: what every process inside has, its environment, rights and
// limits; and where the group is. Throws usage_error where the file is damaged.
struct exec_config {
  process first;
  std::string cgroup_parent;
};
exec_config parse_way_in(const std::string& config_json, const std::string& filter);
// Empty where it has the host's, or another container's.
std::string hostname_in(const std::string& config_json);

}  // namespace zoomin::container
