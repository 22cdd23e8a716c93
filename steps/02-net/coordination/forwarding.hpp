// SPDX-License-Identifier: MIT
// forwarding: makes the host forward packets that aren't for itself: ip(7), ip_forward.
// It is on while there are containers, and then restored.
#pragma once

#include "02-net/coordination/lease.hpp"

namespace zoomin::net {

// turn_on_forwarding() writes the previous state to `record`. put_back_forwarding(),
// perhaps in another process, restores it and empties the record.
void turn_on_forwarding(lock_file& record);
void put_back_forwarding(lock_file& record);

}  // namespace zoomin::net
