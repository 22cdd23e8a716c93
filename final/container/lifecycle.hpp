// SPDX-License-Identifier: MIT
// lifecycle: the transitions of a container, one function each, except begin_start(),
// which is in monitor/monitor.hpp. `reference` is a name, an id, or the beginning of an
// id.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "05-overlay/changes.hpp"
#include "container/execs.hpp"
#include "container/monitor/pending_transition.hpp"
#include "container/spec/spec.hpp"
#include "container/state.hpp"

namespace zoomin::container {

struct created_container {
  std::string id;
  std::vector<std::string> warnings;  // of settings that give it power over the host
};
// Creates a container from a create request, whose "Image" names the image. An empty
// `name` stands for a random one. Throws usage_error.
created_container create(create_request request, const std::string& name);

// Sends a signal. With SIGKILL, the transition completes when the container has ended.
// Throws usage_error if the container isn't running.
pending_transition begin_kill(const std::string& reference, int signal);

// Sends a signal, and SIGKILL after a timeout. Without arguments these are the
// container's stop signal and stop timeout. The transition completes when the container
// has ended. Has no effect on a container that isn't running.
pending_transition begin_stop(const std::string& reference, std::optional<int> signal,
                              std::optional<unsigned> timeout_s);

// Stops the container if it is running, and starts it. `program` is that of
// begin_start().
pending_transition begin_restart(const std::string& reference, std::optional<int> signal,
                                 std::optional<unsigned> timeout_s,
                                 const std::string& program);

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

// Connect a container to a network, or disconnect it. `network` is the network's name. A
// running container is changed at once. Throw usage_error.
void connect(const std::string& reference, const attachment& added);
void disconnect(const std::string& reference, const std::string& network);

// Returns the changes that the container's writable layer makes to its image, without the
// targets of zoomin's own mounts.
std::vector<overlay::change> changes(const std::string& reference);

// Returns the targets of all mounts, such as "/proc" and "/etc/hosts".
std::set<std::string> mount_targets(const std::string& id);

// Returns the apparent size of the files in the writable layer (base/apparent_size.hpp).
std::uint64_t writable_layer_bytes(const std::string& id);

}  // namespace zoomin::container
