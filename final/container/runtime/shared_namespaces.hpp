// SPDX-License-Identifier: MIT
// shared_namespaces: the namespaces of other containers that a container joins, given as
// `container:ID` in --network, --pid, --ipc, --uts and --cgroupns. Their paths are
// written to config.json; joined_namespaces.hpp opens them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/fd.hpp"
#include "container/spec/spec.hpp"
#include "container/state.hpp"

namespace zoomin::container {

// Returns the ids of the containers whose namespaces `spec` joins.
std::vector<std::string> joined_by(const container_spec& spec);

// Holds the containers whose namespaces are joined. The constructor throws usage_error if
// one of them isn't running.
class shared_namespaces {
 public:
  explicit shared_namespaces(const container_spec& spec);

  // Returns the path of the joined namespace of a type (CLONE_NEW…), such as
  // "/proc/PID/ns/net"; empty if none is joined. CLONE_NEWNS selects the mount namespace
  // of the container whose IPC namespace is joined, for its /dev/shm.
  [[nodiscard]] std::string path_of(std::uint64_t flag) const;
  // Throws usage_error if one of the containers has ended. Call it once the paths have
  // been opened: if a container's process still exists then, its path belonged to no
  // other process.
  void require_running() const;
  // Returns the spec with the network, the hosts and the DNS settings of the container
  // whose network is joined.
  [[nodiscard]] container_spec with_joined_network(container_spec spec) const;
  // Return the value of the container whose namespace is joined, or `own` if none is.
  [[nodiscard]] std::string hostname_or(const std::string& own) const;
  [[nodiscard]] std::string address_or(const std::string& own) const;
  // Adds anti-spoofing rules to the joined network: network/anti_spoofing.hpp.
  void prevent_spoofing() const;

 private:
  struct peer {
    const char* setting;  // "HostConfig.NetworkMode"
    std::string id;
    container_spec spec;
    state current_state;
    unique_fd pidfd;
  };
  static std::optional<peer> find_running(const std::string& id, const char* setting);

  std::optional<peer> net_, pid_, ipc_, uts_, cgroup_;
};

}  // namespace zoomin::container
