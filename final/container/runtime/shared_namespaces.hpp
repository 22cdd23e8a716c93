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
std::vector<std::string> joined_by(const asked& wanted);

// Those whose namespaces it joins. Throws usage_error where one doesn't run.
class neighbours {
 public:
  explicit neighbours(const asked& wanted);

  // "/proc/PID/ns/net" of that one; empty where there is none. `flag`: CLONE_NEW…
  [[nodiscard]] std::string path_of(std::uint64_t flag) const;
  // pid::spawn(), into that one's PID namespace.
  [[nodiscard]] pid::child spawn(const pid::birth& birth,
                                 const std::function<void(pid::gate&)>& inside) const;
  // Inside: into another's network, and into what it is called, and sees of cgroups.
  void enter() const;
  // The same of System V's and POSIX's shared memory: the other's IPC namespace, and its
  // /dev/shm over the host's, in a mount namespace of one's own.
  void enter_memory() const;
  // `wanted`, with the names that the other's network has: those in its files.
  [[nodiscard]] asked with_names(asked wanted) const;
  // The other's; `own` where there is no other.
  [[nodiscard]] std::string hostname_or(const std::string& own) const;
  [[nodiscard]] std::string address_or(const std::string& own) const;
  // What is sent from the other's network, from now on: pins.hpp.
  void pin_network() const;

 private:
  struct one {
    std::string id;
    asked wanted;
    state is;
    unique_fd pidfd;
  };
  static std::optional<one> find_running(const std::string& id, const char* what);

  std::optional<one> network_, processes_, memory_, name_, cgroups_;
  unique_fd memory_tree_;  // its /dev/shm, attached nowhere
};

}  // namespace zoomin::container
