// SPDX-License-Identifier: MIT
// conntrack: removes the kernel's entries of UDP flows whose destination has changed.
//
// Kernel mechanism: connection tracking, conntrack(8), through ctnetlink, a part of
// netlink(7). The kernel evaluates NAT rules only for the first packet of a flow, and
// translates the others in the same way. UDP has no connections: a sender that keeps its
// source port is one flow as long as it sends. So a flow that is older than a published
// port never reaches the container, and one that outlives the container keeps going to an
// address that another container may have by then. TCP isn't affected: each SYN is a new
// flow.
#pragma once

#include <vector>

#include "02-net/ports.hpp"

namespace zoomin::net::conntrack {

// Removes the entries of flows to the UDP ports among `ports`, so that the NAT rules are
// evaluated for their next packet. Call it after the rules were changed. Needs
// CAP_NET_ADMIN. Does nothing on a kernel without ctnetlink.
void forget(const std::vector<published_port>& ports);

}  // namespace zoomin::net::conntrack
