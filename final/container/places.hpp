// SPDX-License-Identifier: MIT
// places: what a container's root has mounted in it beside its layers.
#pragma once

#include <vector>

#include "03-mnt/mnt.hpp"
#include "container/asked.hpp"

namespace zoomin::container {

// On the host: those of every container (03-mnt), and what was asked for. A missing
// source of a bind is made, as Docker does.
std::vector<mnt::place> places_of(const asked& what);

// Inside, in the new root: kernel settings of its own network namespace, which let
// programs without rights ping, and listen on each port.
void allow_unprivileged_network();

}  // namespace zoomin::container
