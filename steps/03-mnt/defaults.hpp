// SPDX-License-Identifier: MIT
// defaults: the default mounts of every container, the nodes in /dev, the files in /etc,
// and the environment, as data.
#pragma once

#include <string>
#include <vector>

#include "03-mnt/mnt.hpp"

namespace zoomin::mnt {

// Returns the default mounts: /proc, /sys (read-only), /dev with its nodes, /dev/pts,
// /dev/shm, and if the root has an /etc, hostname, hosts and a working resolv.conf in it.
// A caller appends its own mounts.
std::vector<mount_entry> defaults(const std::string& hostname);

// Sets the address of `hostname` in the /etc/hosts among the mounts.
void give_address(std::vector<mount_entry>& mounts, const std::string& hostname,
                  const std::string& address);

// Returns the content of a resolv.conf that works in the container: the host's. If that
// names only systemd-resolved's 127.0.0.53, which can't be reached from another network
// namespace, it is the resolv.conf that names the servers behind it.
std::string resolvers();
// Returns the address of each "nameserver" of a resolv.conf(5).
std::vector<std::string> name_servers(const std::string& resolv_conf);

// Returns the environment of the command: PATH, HOME, HOSTNAME, and the caller's TERM if
// it is set, but no other variable of the caller.
std::vector<std::string> environment(const std::string& hostname);

}  // namespace zoomin::mnt
