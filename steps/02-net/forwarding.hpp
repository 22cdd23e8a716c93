// SPDX-License-Identifier: MIT
// forwarding: whether the host passes on packets that aren't for itself: ip(7),
// ip_forward. Turned on for as long as there are containers, and put back as it was.
#pragma once

#include "02-net/lease.hpp"

namespace zoomin::net {

// `record` is told what was changed until it has been put back, by us or our successor.
void turn_on_forwarding(lock_file& record);
void put_back_forwarding(lock_file& record);

}  // namespace zoomin::net
