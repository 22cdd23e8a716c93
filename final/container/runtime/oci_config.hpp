// SPDX-License-Identifier: MIT
// oci_config: everything that the lower half of the runtime needs to create a container:
// config.json, in the shape of the OCI runtime specification (config.md,
// config-linux.md), derived from container.json at each start. Annotations named
// "zoomin.…" hold settings that the specification doesn't cover.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "03-mnt/mnt.hpp"
#include "cgroup/resources.hpp"
#include "container/runtime/process.hpp"
#include "container/runtime/volumes.hpp"
#include "container/spec/spec.hpp"
#include "security/security.hpp"

namespace zoomin::container {

// A namespace of the container. The container uses the host's namespace of each type that
// isn't listed.
struct namespace_entry {
  std::uint64_t flag = 0;  // CLONE_NEW…
  std::string path{};      // of an existing namespace; empty: a new one
};

struct oci_config {
  process init_process;
  bool init = false;
  std::string hostname;
  std::vector<namespace_entry> namespaces;
  // The path of the mount namespace of the container whose /dev/shm is shared; may be
  // empty.
  std::string shared_memory;
  std::vector<std::string> layers;  // lowest first
  std::string writable;             // directory of the writable layer
  bool read_only = false;
  std::vector<mnt::mount_entry> mounts;  // without the text of the narration
  std::vector<filled_volume> fills;
  std::string cgroup_parent;
  cgroup::resources limits;
  std::vector<security::device_rule> devices;
  security::hidden_paths hidden;
  std::vector<std::pair<std::string, std::string>> sysctls;
  std::vector<std::pair<std::string, std::string>> annotations;  // set by the user

  // Returns the CLONE_NEW… flags of the namespaces to create.
  [[nodiscard]] std::uint64_t new_namespaces() const;
};

// Return the content of config.json, and of the file `filter` beside it, which is the
// user's seccomp profile compiled for the kernel; empty without one. Throw sys::error.
std::string text_of(const oci_config& config, const std::string& id);
std::string filter_of(const oci_config& config);

// Parses config.json and the file `filter`. Keys that an older zoomin didn't write have
// defaults. Throws usage_error if a file is damaged.
oci_config parse_config(const std::string& config_json, const std::string& filter);

// Returns the host name in config.json; empty if the container uses the UTS namespace of
// the host or of another container.
std::string hostname_in(const std::string& config_json);

}  // namespace zoomin::container
