// SPDX-License-Identifier: MIT
// ports_text: a container's ports as `ps` and `port` show them.
#pragma once

#include <string>

#include "container/state.hpp"

namespace zoomin::docker {

// Returns a text such as "0.0.0.0:8000-8002->8000-8002/tcp, 443/tcp": the published ports
// and, while the container runs, the ports that are only exposed. Consecutive ports with
// the same number on both sides are merged, as with Docker.
std::string ports_text(const container::state& shown);

// Returns the published ports, "80/tcp -> 0.0.0.0:8080" on a line each. If `wanted` is
// set, "80" or "80/tcp", returns only the host's side of that port; empty if it isn't
// published.
std::string published_text(const container::state& shown, const std::string& wanted);

}  // namespace zoomin::docker
