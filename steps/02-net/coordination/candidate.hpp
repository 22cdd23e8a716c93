// SPDX-License-Identifier: MIT
// candidate: the order in which a container tries the addresses of a network.
#pragma once

#include <cstdint>
#include <string_view>

#include "02-net/address.hpp"

namespace zoomin::net {

// Returns the address for attempt number `attempt`. The order follows from the container
// id, so that containers that are started together try different addresses first.
address candidate(const subnet& pool, std::string_view id, std::uint32_t attempt);
// Returns a candidate() within a part of a pool. It may be one that no container can
// have.
address candidate_in(const subnet& range, std::string_view id, std::uint32_t attempt);

}  // namespace zoomin::net
