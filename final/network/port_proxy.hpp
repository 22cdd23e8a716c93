// SPDX-License-Identifier: MIT
// port_proxy: carries connections to published IPv6 ports. Containers have only IPv4
// addresses, and nftables can't translate between the versions of IP, so the monitor
// carries the data of each connection in its event loop.
#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include "02-net/address.hpp"
#include "base/event_source.hpp"
#include "common/fd.hpp"
#include "network/ports.hpp"

namespace zoomin::network {

class port_proxy final : public base::event_source {
 public:
  // `to` is the container's address. Throws usage_error if a port is taken, or if an
  // address isn't one of the host's.
  port_proxy(std::vector<port_binding> ports, net::address to);
  // Returns the ports, each with its actual host port.
  [[nodiscard]] const std::vector<port_binding>& ports() const { return ports_; }

  [[nodiscard]] std::vector<pollfd> descriptors() const override;
  [[nodiscard]] std::optional<clock::time_point> deadline() const override { return {}; }
  void dispatch() override;

 private:
  // One direction of a connection: the data that was received from one side and not yet
  // sent to the other, and the end of file.
  struct half {
    std::string waiting;
    bool ended = false, shut_down = false;
  };
  struct proxied_connection {
    unique_fd outer, inner;
    half inward{}, outward{};
    bool broken = false;
    clock::time_point last_active = clock::now();
  };
  void make_room();
  void accept(const unique_fd& listener, std::uint16_t inner);
  static void carry(const unique_fd& from, const unique_fd& to,
                    proxied_connection& connection, half& half);

  std::vector<port_binding> ports_;
  net::address to_;
  std::vector<unique_fd> listeners_;  // one for each port
  std::list<proxied_connection> connections_;
};

}  // namespace zoomin::network
