// SPDX-License-Identifier: MIT
// free_port: finds a free port in a range of the host's ports.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

#include "common/error.hpp"
#include "common/fd.hpp"

namespace zoomin::net {

// Calls `bind` with each port from port.host_port to port.last_host_port until it returns
// a socket, and replaces `port` by that one. `bind` returns nothing if another program
// uses the port. Throws usage_error if all are in use. Its text is Docker's, which
// scripts look for.
template <typename Port, typename Bind>
unique_fd bind_free_port(Port& port, const Bind& bind, const std::string& hint) {
  const auto last = std::max(port.host_port, port.last_host_port);
  for (unsigned number = port.host_port; number <= last; ++number) {
    Port tried = port;
    tried.host_port = static_cast<std::uint16_t>(number);
    tried.last_host_port = 0;
    std::optional<unique_fd> socket = bind(tried);
    if (!socket) continue;
    port = tried;
    return std::move(*socket);
  }
  throw usage_error(
      fmt::format("Bind for {} failed: port is already allocated", port.outer()), hint);
}

}  // namespace zoomin::net
