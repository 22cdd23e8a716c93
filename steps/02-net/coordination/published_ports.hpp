// SPDX-License-Identifier: MIT
// published_ports: the published ports of a container, and the records of them.
//
// Each container with published ports has a record, a file that is named after its
// address, locked by its owner, and removed with the elements. (An unlinked lock file
// does no harm here: only the owner of the address's lease (ownership.hpp) writes it,
// while it holds the door lock of the bridge.)
#pragma once

#include <string>
#include <vector>

#include "02-net/coordination/ownership.hpp"
#include "02-net/net.hpp"

namespace zoomin::net {

class published_ports {
 public:
  published_ports(const network& network, const shared_object& bridge,
                  const endpoint& endpoint, std::vector<published_port> ports);
  published_ports(published_ports&&) noexcept = default;
  published_ports& operator=(published_ports&&) = delete;
  ~published_ports();  // withdraws; a failure is only a warning
  void withdraw();
  // Withdraws the ports that a killed owner of the address `own` has published, so that
  // they don't lead to its next owner. Call it as the current owner of the address.
  static void reap(const network& network, const shared_object& bridge, address own);
  // Returns the ports, each with the host port that was chosen for it.
  [[nodiscard]] const std::vector<published_port>& ports() const { return ports_; }

 private:
  network network_;
  std::vector<published_port> ports_;
  std::vector<unique_fd> held_;  // bound, so that no other program gets these ports
  lock_file record_;             // what the next process must undo if this one is killed
};

// Returns the directory of the records. A line of a record is a map and an element:
// "ports tcp . 8080 : 10.79.0.2 . 80".
std::string publish_directory(const network& net);

// Returns the records of all containers whose owner is alive, in one text.
std::string records_of_living(const network& net);

// Returns the commands that add the elements of a record, and the host ports that it
// names, without the container's ports.
std::vector<nft::command> elements_in(const network& net, const std::string& record);
std::vector<published_port> ports_in(const std::string& record);

// Removes the elements of killed owners, whose records aren't locked. Call it with the
// door lock before adding an element: so an element that a record names can't belong to
// another container yet.
void reap_dead(const network& net);

}  // namespace zoomin::net
