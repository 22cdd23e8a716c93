// SPDX-License-Identifier: MIT
// shared_namespaces: the namespaces of other containers that a container joins:
// `container:ID` in --network, --pid, --ipc, --uts and --cgroupns. config.json gets their
// paths; joined_namespaces.hpp opens them.
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

// The containers whose namespaces are joined. The constructor throws usage_error if one
// isn't running.
class shared_namespaces {
 public:
  explicit shared_namespaces(const container_spec& spec);

  // Returns "/proc/PID/ns/net" for a joined namespace; empty if it isn't joined. `flag`:
  // CLONE_NEW…; CLONE_NEWNS stands for the mounts of the container whose IPC namespace is
  // joined, which have its /dev/shm.
  [[nodiscard]] std::string path_of(std::uint64_t flag) const;
  // Throws usage_error if one of the containers has ended. Call it once the paths are
  // open: as long as a process exists, no other one has its number.
  void require_running() const;
  // Returns the spec with the DNS settings of the joined network's container: those in
  // its files.
  [[nodiscard]] container_spec with_joined_network(container_spec spec) const;
  // Return the joined container's value, or `own`.
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

  std::optional<peer> network_, processes_, memory_, name_, cgroups_;
};

}  // namespace zoomin::container
