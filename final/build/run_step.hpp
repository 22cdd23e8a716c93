// SPDX-License-Identifier: MIT
// run_step: runs the command of RUN in a container with the namespaces, cgroup,
// capabilities and filter that `zoomin run` uses by default. The container has no monitor
// and no entry in the store. Its root is the layers so far; its writable layer becomes
// the next one.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "03-mnt/mnt.hpp"
#include "base/cancellation.hpp"
#include "build/new_layer.hpp"

namespace zoomin::build {

struct run_request {
  std::vector<std::string> command;
  std::string image_config;                // an OCI image configuration, JSON text
  std::vector<std::string> environment{};  // in addition to the configuration's
  std::string network = "default";         // or "none", "host"
  std::vector<std::string> hosts{};        // "NAME:ADDRESS", --add-host
  std::string limits = "{}";               // build_options::limits
  std::vector<mnt::mount_entry> mounts{};  // in addition to the default ones
};

// Runs the command with `layer` as its writable layer, and passes its output to `output`.
// Removes mount points that had to be made from the layer. Returns the exit status.
// Throws sys::error, usage_error, base::cancelled.
int run_in_container(const run_request& request, const new_layer& layer,
                     const base::cancellation& stop,
                     const std::function<void(std::string_view)>& output);

}  // namespace zoomin::build
