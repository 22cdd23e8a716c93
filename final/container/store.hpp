// SPDX-License-Identifier: MIT
// store: the containers on disk, below root_directory()/containers.
//
//   <id>/             container.json (asked.hpp), config.json and perhaps filter
//                     (config.hpp), state.json (state.hpp), layer/ (its writable layer),
//                     log…; id: 64 hexadecimal digits
//   .names/<name>     a symbolic link that says the id: a name is taken by symlink(2),
//                     which only one can do
//   .new-<id>         one that is being made, .removing-<id> one that is being removed:
//                     neither is a container
//
// A container's lock is flock(2) on its directory; who holds it is its owner: the monitor
// for as long as it runs, or a command for a moment. Files are written whole.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/fd.hpp"
#include "container/state.hpp"

namespace zoomin::container {

std::string new_id();  // 64 hexadecimal digits, at random

std::string directory_of(const std::string& id);
// Where its owner listens: dies with the machine.
std::string socket_directory_of(const std::string& id);

// Throws usage_error.
void validate_name(const std::string& name);

// Makes one that has never run; gives its id. An empty `name` is chosen. Throws
// usage_error where the name is taken, or none.
std::string add(const std::string& container_json, const std::string& name,
                state first_state);

// Of all containers.
std::vector<std::string> ids();

bool exists(const std::string& id);

// By name, id, or the beginning of one. Throws usage_error, "No such container: X".
std::string find(const std::string& name_or_id);

// Its lock; empty where somebody has it. Throws usage_error where it is gone.
std::optional<unique_fd> try_hold(const std::string& id);
// The same, but waits.
unique_fd hold(const std::string& id);

std::string container_json(const std::string& id);
// What the last start derived from it, config.hpp, and the profile's filter: raw BPF,
// empty where there is none. Throws usage_error where it hasn't been started.
std::string read_config(const std::string& id);
std::string read_filter(const std::string& id);
void write_config(const std::string& id, const std::string& text,
                  const std::string& filter);
void write_container_json(const std::string& id, const std::string& text);
// What the file says. A running one whose lock is free has lost its monitor: reconcile()
// is what `ps` uses.
state read_state(const std::string& id);
// Durable: it outlives a crash of the machine, fsync(2).
void write_state(const std::string& id, const state& now, bool durable = true);

// What its health checks found, health.hpp.
std::string health_json(const std::string& id);
void write_health(const std::string& id, const std::string& text);

// Another name; `now` is its state, and is written. For its owner. Throws usage_error.
void rename(const std::string& id, state& now, const std::string& name);

// Removes it with all it wrote. Hold its lock.
void erase(const std::string& id);

// Removes what killed commands left half made or half removed.
void sweep();

}  // namespace zoomin::container
