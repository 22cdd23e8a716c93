// SPDX-License-Identifier: MIT
// links: --link NAME[:ALIAS], Docker's older way to give names to containers of the
// default network: lines in /etc/hosts with the other container's address at the time of
// the start.
#pragma once

#include <string>
#include <vector>

#include "container/spec/spec.hpp"

namespace zoomin::container {

// Replaces the names of other containers in a create request by their ids, so that a
// later rename changes nothing. Throws usage_error if there is no such container.
void replace_names(create_request& request);

// Returns the ids of the containers that this one has links to. They must be running when
// it starts.
std::vector<std::string> linked_by(const container_spec& spec);

// Replaces each link by the address that the other container has on a network of this
// one. Throws usage_error if it isn't running, or on none of them.
void resolve_links(container_spec& spec);

}  // namespace zoomin::container
