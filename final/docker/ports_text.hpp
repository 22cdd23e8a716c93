// SPDX-License-Identifier: MIT
// ports_text: a container's ports as `ps` shows them.
#pragma once

#include <string>

#include "container/state.hpp"

namespace zoomin::cli {

// Returns a text such as "0.0.0.0:8000-8002->8000-8002/tcp, 443/tcp": the published ports
// and, while the container runs, the ports that are only exposed. Consecutive ports with
// the same number on both sides are merged, as with Docker.
std::string ports_text(const container::state& shown);

}  // namespace zoomin::cli
