// SPDX-License-Identifier: MIT
// publish: the elements that published ports have in a table's maps, and the records of
// them: a file for each container that has any, locked by its owner. It is named after
// the container's address and goes with its elements. No lock is lost by that: whoever
// writes one has leased the address (lease.hpp) and stands at the members' door.
#pragma once

#include <string>
#include <vector>

#include "02-net/net.hpp"

namespace zoomin::net {

// Returns the directory of these files. A line of a file is a map and an element: "ports
// tcp . 8080 : 10.79.0.2 . 80".
std::string publish_directory(const network& net);

// Returns a command for an element. `verb` is "add", or "delete", for which the element's
// key is enough.
std::string element_command(const network& net, const char* verb, const std::string& map,
                            const std::string& element);

// Returns the host's ports that a record names, without the container's.
std::vector<published_port> ports_in(const std::string& record);

// Takes out the elements of owners that were killed: their records' locks are free.
// Whoever adds an element calls this first, at the members' door: so what a record names
// can't be anyone else's yet.
void reap_dead(const network& net);

}  // namespace zoomin::net
