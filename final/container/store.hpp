// SPDX-License-Identifier: MIT
// store: the containers on disk, below root_directory()/containers.
//
//   <id>/             container.json (spec.hpp), config.json and perhaps filter
//                     (oci_config.hpp), state.json (state.hpp), layer/ (the writable
//                     layer), log…; id: 64 hexadecimal digits
//   .names/<name>     a symbolic link to the id: a name is taken by symlink(2), which
//                     only one process can do
//   .new-<id>         a container that is being created
//   .removing-<id>    a container that is being removed
//
// A container's lock is flock(2) on its directory. The holder of the lock owns the
// container: its monitor while it runs, or a command for a short time. Files are replaced
// atomically.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "common/fd.hpp"
#include "container/state.hpp"

namespace zoomin::container {

struct container_spec;

std::string new_id();  // 64 random hexadecimal digits

std::string directory_of(const std::string& id);
// Returns the directory of the monitor's socket. It doesn't survive a restart of the
// machine.
std::string socket_directory_of(const std::string& id);

// Throws usage_error if a container can't have this name.
void validate_name(const std::string& name);

// Adds a container that has never run, and returns its id. A name is chosen if `name` is
// empty. Throws usage_error if the name is taken or invalid.
std::string add(const std::string& container_json, const std::string& name,
                state first_state);

// Returns the ids of all containers.
std::vector<std::string> ids();

bool exists(const std::string& id);

// Finds a container by its name, its id, or the beginning of its id. Throws usage_error,
// "No such container: X".
std::string find(const std::string& name_or_id);

// Takes the container's lock. Returns nothing if another process holds it. Throws
// usage_error if the container no longer exists.
std::optional<unique_fd> try_lock(const std::string& id);

std::string container_json(const std::string& id);
// Return the files that the last start derived from container.json: config.json, and the
// seccomp filter as raw BPF, empty if there is none (oci_config.hpp). read_config()
// throws usage_error if the container has never been started.
std::string read_config(const std::string& id);
std::string read_filter(const std::string& id);
void write_config(const std::string& id, const std::string& text,
                  const std::string& filter);
void write_container_json(const std::string& id, const std::string& text);
// Returns the content of state.json. If the status is `running` but the lock is free, the
// monitor was killed: use reconcile() instead.
state read_state(const std::string& id);
// Writes state.json. `durable`: the content outlives a crash of the machine, fsync(2).
void write_state(const std::string& id, const state& now, bool durable = true);

// Read and write the results of the health checks (monitor/health.hpp).
std::string health_json(const std::string& id);
void write_health(const std::string& id, const std::string& text);

// Renames the container and writes the new name into its state `now`. Call it with the
// lock held. Throws usage_error.
void rename(const std::string& id, state& now, const std::string& name);

// Removes the container with everything it wrote. Call it with the lock held.
void erase(const std::string& id);

// Removes incomplete containers that killed commands left behind.
void sweep();

// Called with a container whose spec can't be read, so that the objects that it uses
// aren't known.
using on_damaged_spec = std::function<void(const std::string& id, const usage_error&)>;

// Return the ids of the images, and the names of the volumes, that containers use.
std::set<std::string> used_images(const on_damaged_spec& on_damage = {});
std::set<std::string> used_volumes(const on_damaged_spec& on_damage = {});
// Returns the container's anonymous volumes, which are removed with it; none if its spec
// is damaged.
std::vector<std::string> anonymous_volumes(const std::string& id);
// Removes those of the volumes that no container uses.
void remove_unused(const std::vector<std::string>& names);
// Erases the container, whose lock is held, and emits "destroy". With --rm its anonymous
// volumes are removed too.
void erase_with_volumes(const std::string& id, const container_spec& spec,
                        const state& last);
// Returns the ids of the containers that are connected to a network.
std::vector<std::string> containers_on(const std::string& network);

}  // namespace zoomin::container
