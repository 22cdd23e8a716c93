// SPDX-License-Identifier: MIT
// shared_namespaces: a container in namespaces of another one: `container:ID` of
// --network, --pid, --ipc, --uts and --cgroupns.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "01-pid/pid.hpp"
#include "common/fd.hpp"
#include "container/spec/spec.hpp"
#include "container/state.hpp"

namespace zoomin::container {

// A create request (JSON text) whose "container:NAME" are "container:ID", so that a
// rename changes nothing. Throws usage_error where there is no such container.
std::string with_ids(const std::string& request);

// Returns the ids of the containers whose namespaces `wanted` joins.
std::vector<std::string> joined_by(const container_spec& spec);

// Those whose namespaces it joins. Throws usage_error where one doesn't run.
class shared_namespaces {
 public:
  explicit shared_namespaces(const container_spec& spec);

  // "/proc/PID/ns/net" of that one; empty where there is none. `flag`: CLONE_NEW…
  [[nodiscard]] std::string path_of(std::uint64_t flag) const;
  // pid::spawn(), into that one's PID namespace.
  [[nodiscard]] pid::child spawn(const pid::spawn_options& birth,
                                 const std::function<void(pid::gate&)>& inside) const;
  // Inside: into another's network, and into what it is called, and sees of cgroups.
  void enter() const;
  // The same of System V's and POSIX's shared memory: the other's IPC namespace, and its
  // /dev/shm over the host's, in a mount namespace of one's own.
  void enter_memory() const;
  // `wanted`, with the names that the other's network has: those in its files.
  [[nodiscard]] container_spec with_names(container_spec spec) const;
  // The other's; `own` where there is no other.
  [[nodiscard]] std::string hostname_or(const std::string& own) const;
  [[nodiscard]] std::string address_or(const std::string& own) const;
  // What is sent from the other's network, from now on: pins.hpp.
  void pin_network() const;

 private:
  struct peer {
    std::string id;
    container_spec wanted;
    state current_state;
    unique_fd pidfd;
  };
  static std::optional<peer> find_running(const std::string& id, const char* character);

  std::optional<peer> network_, processes_, memory_, name_, cgroups_;
  unique_fd memory_tree_;  // its /dev/shm, attached nowhere
};

}  // namespace zoomin::container
