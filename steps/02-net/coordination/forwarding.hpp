// SPDX-License-Identifier: MIT
// forwarding: the host forwards packets while there are containers. Then the previous
// state is restored.
#pragma once

#include "02-net/coordination/ownership.hpp"

namespace zoomin::net {

// turn_on_forwarding() writes the previous state to `record`. put_back_forwarding(),
// perhaps in another process, restores it and empties the record.
void turn_on_forwarding(lock_file& record);
void put_back_forwarding(lock_file& record);

}  // namespace zoomin::net
