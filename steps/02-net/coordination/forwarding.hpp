// SPDX-License-Identifier: MIT
// forwarding: makes the host pass on packets that aren't for itself: ip(7), ip_forward.
// It is turned on for as long as there are containers, and put back as it was.
#pragma once

#include "02-net/coordination/lease.hpp"

namespace zoomin::net {

// turn_on_forwarding() writes to `record` what it changed. put_back_forwarding(), perhaps
// a successor's, undoes that and empties the record.
void turn_on_forwarding(lock_file& record);
void put_back_forwarding(lock_file& record);

}  // namespace zoomin::net
