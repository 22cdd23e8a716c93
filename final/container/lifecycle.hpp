// SPDX-License-Identifier: MIT
// lifecycle: a container's transitions, one function each; start() is monitor.hpp's.
// `reference`: a name, an id, or the beginning of one.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "05-overlay/changes.hpp"
#include "container/spec/spec.hpp"
#include "container/state.hpp"

namespace zoomin::container {

// From a create request (asked.hpp, JSON text) and an image's name; gives the id. Throws
// usage_error.
std::string create(const std::string& request, const std::string& image,
                   const std::string& name);

// Describes a transition that the owner has been asked for: several can be under way at
// once.
struct pending_start {
  int fd = -1;  // readable when there is news; -1: finish() doesn't wait
  // Waits until the transition is over and does what follows it. Call it once; throws
  // what kept it from happening.
  std::function<int()> finish;
};

// Sends `signal`. A SIGKILL is over once the container has ended. Throws usage_error
// where the container isn't running.
pending_start begin_kill(const std::string& reference, int signal);

// Sends the container's stop signal and kills it after its timeout, unless told
// otherwise; over when it has ended. A container that isn't running stays as it is.
pending_start begin_stop(const std::string& reference, std::optional<int> signal,
                         std::optional<unsigned> timeout_s);

// Stops it, where it runs, and starts it.
pending_start begin_restart(const std::string& reference, std::optional<int> signal,
                            std::optional<unsigned> timeout_s);

// Stops all its processes where they stand, or lets them go on. Throws usage_error.
pending_start begin_pause(const std::string& reference, bool wanted);

// Waits for the container's end; finish() returns its exit status.
pending_start begin_wait(const std::string& reference);

// Removes a container. `force` also kills and removes a running one; `with_volumes`
// removes its anonymous volumes too. Throws usage_error.
pending_start begin_remove(const std::string& reference, bool force, bool with_volumes);
void remove(const std::string& reference, bool force, bool with_volumes = false);

void rename(const std::string& reference, const std::string& name);

// Other words in its HostConfig (JSON text): limits, and what follows its end. A running
// one has them at once. Throws usage_error, sys::error.
void update(const std::string& reference, const std::string& host_config);

// On a network (by its name) more, or no longer, at once where it runs. Throw
// usage_error.
void connect(const std::string& reference, const attachment& added);
void disconnect(const std::string& reference, const std::string& network);

// What its writable layer holds, compared with its image; without the places on which we
// mount something.
std::vector<overlay::change> changes(const std::string& reference);

// Of its writable layer's files.
std::uint64_t written_bytes(const std::string& id);

}  // namespace zoomin::container
