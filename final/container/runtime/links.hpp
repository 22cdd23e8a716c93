// SPDX-License-Identifier: MIT
// links: --link NAME[:ALIAS], docker's older way to give containers of the default
// network names: lines in /etc/hosts with the other container's address, as it is at this
// start.
#pragma once

#include <string>
#include <vector>

#include "container/spec/spec.hpp"

namespace zoomin::container {

// Returns the request (JSON text) with "ID:ALIAS" for each link. Throws usage_error if
// there is no such container.
std::string with_linked_ids(const std::string& request);

// Returns the IDs of the containers that it has links to: they must run first.
std::vector<std::string> linked_by(const container_spec& spec);

// Replaces each link's address by the one that the other container has on a network of
// this one. Throws usage_error if it isn't running, or on none of them.
void resolve_links(container_spec& spec);

}  // namespace zoomin::container
