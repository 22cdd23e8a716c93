// SPDX-License-Identifier: MIT
// publish: the elements of published ports in a table's maps, and the records of these.
//
// Each container with published ports has a record, a file that is named after its
// address, locked by its owner, and removed with the elements. (An unlinked lock file
// does no harm here: only the owner of the address's lease (lease.hpp) writes it, while
// it holds the door lock of the bridge.)
#pragma once

#include <string>
#include <vector>

#include "02-net/net.hpp"

namespace zoomin::net {

// Returns the directory of the records. A line of a record is a map and an element:
// "ports tcp . 8080 : 10.79.0.2 . 80".
std::string publish_directory(const network& net);

// Returns the nft command for an element. `verb` is "add" or "delete"; to delete, the
// element's key is enough.
std::string element_command(const network& net, const char* verb, const std::string& map,
                            const std::string& element);

// Returns the host ports that a record names, without the container's ports.
std::vector<published_port> ports_in(const std::string& record);

// Removes the elements of killed owners, whose records aren't locked. Call it with the
// door lock before adding an element: so an element that a record names can't belong to
// another container yet.
void reap_dead(const network& net);

}  // namespace zoomin::net
