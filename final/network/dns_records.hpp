// SPDX-License-Identifier: MIT
// dns_records: the names of containers on a network, for dns_server.hpp.
//
// run_directory()/BRIDGE/names/NAME/ID is a symbolic link to the address of container ID.
// It is valid while the container holds that address: its monitor locks the address's
// file (steps/02-net/coordination/ownership.hpp) and has written the container's id
// there, so a link that a killed monitor left behind is ignored.
#pragma once

#include <string>
#include <vector>

#include "02-net/address.hpp"
#include "02-net/coordination/shared_bridge.hpp"
#include "network/network.hpp"

namespace zoomin::network {

// Publishes a container's names for the life of the object.
class dns_records {
 public:
  dns_records(const network& network, std::string id, net::lease& lease,
              const std::vector<std::string>& names);
  dns_records(const dns_records&) = delete;
  dns_records& operator=(const dns_records&) = delete;
  ~dns_records();

 private:
  std::string id_;
  std::vector<std::string> directories_;
};

// Returns the addresses of all containers with that name. Ignores case.
std::vector<net::address> addresses_of(const network& network, const std::string& name);

}  // namespace zoomin::network
