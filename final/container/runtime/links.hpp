// SPDX-License-Identifier: MIT
// links: --link NAME[:ALIAS], Docker's older way to give names to containers of the
// default network: lines in /etc/hosts with the other container's address at the time of
// the start.
#pragma once

#include <string>
#include <vector>

#include "container/spec/spec.hpp"

namespace zoomin::container {

// Returns the request (JSON text) with "ID:ALIAS" for each link. Throws usage_error if
// there is no such container.
std::string with_linked_ids(const std::string& request);

// Returns the ids of the containers that this one has links to. They must be running when
// it starts.
std::vector<std::string> linked_by(const container_spec& spec);

// Replaces each link by the address that the other container has on a network of this
// one. Throws usage_error if it isn't running, or on none of them.
void resolve_links(container_spec& spec);

}  // namespace zoomin::container
