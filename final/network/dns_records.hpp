// SPDX-License-Identifier: MIT
// dns_records: who is called what on a network, for those who ask dns.hpp.
//
// run_directory()/BRIDGE/names/NAME/ID: a symbolic link that says the address of
// container ID. It holds as long as the container has that address: its owner locks the
// address's file (steps/02-net/coordination/lease.hpp) and has written its id there, so
// what a killed owner leaves behind says nothing.
#pragma once

#include <string>
#include <vector>

#include "02-net/address.hpp"
#include "02-net/coordination/lease.hpp"
#include "network/network.hpp"

namespace zoomin::network {

// Its own from here on, until they are dropped.
class dns_records {
 public:
  dns_records(const network& network, std::string id, net::lease& lease,
              const std::vector<std::string>& items);
  dns_records(const dns_records&) = delete;
  dns_records& operator=(const dns_records&) = delete;
  ~dns_records();

 private:
  std::string id_;
  std::vector<std::string> directories_;
};

// Of all containers that are called so, without regard to case; empty where none is.
std::vector<net::address> addresses_of(const network& network, const std::string& name);

}  // namespace zoomin::network
