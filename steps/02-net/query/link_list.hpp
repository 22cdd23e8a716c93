// SPDX-License-Identifier: MIT
// link_list: lists the links, addresses and routes of this process's network namespace:
// rtnetlink(7), RTM_GETLINK, RTM_GETADDR, RTM_GETROUTE. Each function throws sys::error.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "02-net/address.hpp"

namespace zoomin::net {

std::vector<std::string> link_names();

// Returns the IPv4 addresses as "10.79.0.2/16", each after the name of its link.
std::vector<std::pair<std::string, std::string>> link_addresses();

struct route {
  subnet to;
  std::string via;  // the gateway; empty if `to` is on the link
  std::string device;
};

// Returns the IPv4 routes of the main table.
std::vector<route> routes();

}  // namespace zoomin::net
