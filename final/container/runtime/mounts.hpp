// SPDX-License-Identifier: MIT
// mounts: the mounts of a container besides its root file system.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "03-mnt/mnt.hpp"
#include "container/spec/spec.hpp"

namespace zoomin::container {

// Returns the mounts that every container has (03-mnt), and the mounts of the spec. Call
// it on the host.
std::vector<mnt::mount_entry> mounts_of(const container_spec& spec);
// Creates missing source directories of --volume on the host, as Docker does.
void make_sources(const container_spec& spec);
// Adds the container's address and the entries of --add-host to /etc/hosts, once the
// address is known.
void add_hosts(std::vector<mnt::mount_entry>& mounts, const container_spec& spec,
               const std::string& address, const std::string& gateway);

// Returns the content of /etc/resolv.conf.
std::string resolv_conf_of(const container_spec& spec);
// Rewrites /etc/resolv.conf of a running container after a change of its networks, unless
// the container has changed the file since it was written for the spec `before`. `root`
// is a descriptor of the container's root.
void rewrite_resolv_conf(int root, const container_spec& before,
                         const container_spec& now);

// Returns the rule that gives access to a device. Throws usage_error.
security::device_rule rule_of(const device& device);

// Writes a setting in procfs. Returns false if `path` isn't a file of procfs, because the
// image may have another file there: CVE-2025-52881. `root` is a descriptor of the
// container's root.
bool write_setting(int root, const char* path, const char* value);

// Sets kernel settings of the container's own namespaces. Call it in the new root, before
// the settings become read-only. Throws sys::error.
void set_sysctls(const std::vector<std::pair<std::string, std::string>>& settings);

}  // namespace zoomin::container
