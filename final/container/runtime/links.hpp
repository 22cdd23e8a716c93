// SPDX-License-Identifier: MIT
// links: --link NAME[:ALIAS], Docker's older way to name containers of the default
// network. A link is a line in /etc/hosts with the address that the other container has
// when this one starts.
#pragma once

#include <string>
#include <vector>

#include "container/spec/spec.hpp"

namespace zoomin::container {

// Replaces the names of other containers in a create request by their ids, so that a
// later rename changes nothing. Throws usage_error if there is no such container.
void replace_names(create_request& request);

// Returns the ids of the containers to which this one has links. They must be running
// when this one starts.
std::vector<std::string> linked_by(const container_spec& spec);

// Replaces each link by the address that the other container has on a network of this
// one. Throws usage_error if the other container isn't running, or if the two have no
// network in common.
void resolve_links(container_spec& spec);

}  // namespace zoomin::container
