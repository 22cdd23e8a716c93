// SPDX-License-Identifier: MIT
// lifecycle: the transitions of a container, one function each, except start(), which is
// in monitor/monitor.hpp. `reference` is a name, an id, or the beginning of an id.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "05-overlay/changes.hpp"
#include "container/execs.hpp"
#include "container/spec/spec.hpp"
#include "container/state.hpp"

namespace zoomin::container {

struct created_container {
  std::string id;
  std::vector<std::string> warnings;  // what gives it power over the host
};
// Creates a container from a create request, whose "Image" names the image. An empty
// `name` stands for a random one. Throws usage_error.
created_container create(create_request request, const std::string& name);

// A transition that was requested from the monitor. Several can be in progress at once.
struct pending_transition {
  int fd = -1;  // readable when finish() can proceed; -1: finish() doesn't wait
  // Waits for the end of the transition, then completes it. Call it once. Throws the
  // reason if the transition failed.
  std::function<int()> finish;
};

// Sends a signal. SIGKILL is complete when the container has ended. Throws usage_error if
// the container isn't running.
pending_transition begin_kill(const std::string& reference, int signal);

// Sends the container's stop signal and kills it after its timeout, or with the given
// signal and timeout. Complete when the container has ended. Has no effect on a container
// that isn't running.
pending_transition begin_stop(const std::string& reference, std::optional<int> signal,
                              std::optional<unsigned> timeout_s);

// Stops the container if it is running, and starts it.
pending_transition begin_restart(const std::string& reference, std::optional<int> signal,
                                 std::optional<unsigned> timeout_s);

// Freezes all processes of the container, or thaws them. Throws usage_error.
pending_transition begin_pause(const std::string& reference, bool paused);

// Waits for the container's end; finish() returns its exit status.
pending_transition begin_wait(const std::string& reference);
// Waits for the end of an exec (execs.hpp); finish() returns its exit status. Throws
// usage_error if it has not been started.
pending_transition begin_wait_for_exec(const exec_name& exec);

// Removes a container. `force` also kills and removes a running one; `with_volumes` also
// removes its anonymous volumes. Throws usage_error.
pending_transition begin_remove(const std::string& reference, bool force,
                                bool with_volumes);
void remove(const std::string& reference, bool force, bool with_volumes = false);

void rename(const std::string& reference, const std::string& name);

// Changes values of the container's HostConfig (JSON text): limits and restart policy.
// They apply to a running container at once. Throws usage_error, sys::error.
void update(const std::string& reference, const std::string& host_config);

// Connect a container to a network, or disconnect it, by the network's name; at once if
// the container is running. Throw usage_error.
void connect(const std::string& reference, const attachment& added);
void disconnect(const std::string& reference, const std::string& network);

// Returns the differences between the container's writable layer and its image, without
// the targets of our own mounts.
std::vector<overlay::change> changes(const std::string& reference);

// Returns the targets of all mounts: "/proc", "/etc/hosts".
std::set<std::string> mount_targets(const std::string& id);

// Returns the size of the files in the writable layer: apparent_size_of().
std::uint64_t writable_layer_bytes(const std::string& id);

}  // namespace zoomin::container
