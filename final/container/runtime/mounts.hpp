// SPDX-License-Identifier: MIT
// mounts: what a container's root has mounted in it beside its layers.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "03-mnt/mnt.hpp"
#include "container/spec/spec.hpp"

namespace zoomin::container {

// On the host: those of every container (03-mnt), and what was asked for.
std::vector<mnt::mount_entry> mounts_of(const container_spec& spec);
// A missing host's path of a --volume is made, as Docker does.
void make_sources(const container_spec& spec);
// Once its address is known: /etc/hosts says it, and what --add-host names.
void name_hosts(std::vector<mnt::mount_entry>& places, const container_spec& spec,
                const std::string& address, const std::string& gateway);

// What /etc/resolv.conf says.
std::string resolvers_of(const container_spec& spec);
// Of a running container, in its root: what it says from now on, where it is still as we
// made it for `before`.
void renew_resolvers(int root, const container_spec& before, const container_spec& now);

// Which device that is, and what may be done with it. Throws usage_error.
security::device_rule rule_of(const device& device);

// Inside: false where `path` leads to no file of procfs, whatever the image has at that
// name, CVE-2025-52881. `root`: a descriptor of it.
bool write_setting(int root, const char* path, const char* value);

// Inside, in the new root: kernel settings of its own namespaces, before they become
// read-only. Throws sys::error.
void set_sysctls(const std::vector<std::pair<std::string, std::string>>& settings);

}  // namespace zoomin::container
