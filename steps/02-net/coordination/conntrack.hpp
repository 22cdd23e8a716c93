// SPDX-License-Identifier: MIT
// conntrack: makes the kernel forget UDP flows that it led elsewhere until now.
//
// Kernel mechanism: connection tracking, conntrack(8), by way of ctnetlink, a part of
// netlink(7). The kernel asks NAT rules about a flow's first packet alone and repeats the
// answer for the others. UDP has no beginning: a sender that keeps its source port is one
// flow for as long as it sends. So a flow that is older than a published port never
// reaches the container, and one that is older than its end never leaves the address that
// another container may have by then. TCP needs none of this: each SYN is a new flow.
#pragma once

#include <vector>

#include "02-net/ports.hpp"

namespace zoomin::net::conntrack {

// Removes the entries of flows to those of `ports` that are UDP, so that the next packet
// of each is a first one again. Call it after the rules were changed. Needs
// CAP_NET_ADMIN; does nothing on a kernel without ctnetlink.
void forget(const std::vector<published_port>& ports);

}  // namespace zoomin::net::conntrack
