// SPDX-License-Identifier: MIT
// make_config: derives the OCI configuration of a start from the container's spec.
#pragma once

#include <string>
#include <vector>

#include "03-mnt/mnt.hpp"
#include "container/runtime/oci_config.hpp"
#include "container/runtime/shared_namespaces.hpp"
#include "container/spec/spec.hpp"

namespace zoomin::container {

// Returns the configuration of container `id`. `layers` are the layers of its image, the
// lowest one first; `mounts` are mounted on top of them. Throws sys::error, usage_error.
oci_config make_config(const container_spec& spec, const std::string& id,
                       const shared_namespaces& shared, std::vector<std::string> layers,
                       std::vector<mnt::mount_entry> mounts);

}  // namespace zoomin::container
