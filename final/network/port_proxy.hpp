// SPDX-License-Identifier: MIT
// port_proxy: ports at addresses of IPv6, which containers haven't got. No rule of nft's
// leads from one version of IP to the other, so each connection is carried, in its
// owner's loop.
#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include "02-net/address.hpp"
#include "base/event_source.hpp"
#include "common/fd.hpp"

namespace zoomin::network {

// Describes a relayed TCP port. A host_port of 0 takes any free port; with a
// last_host_port the first free one up to that is taken.
struct proxied_port {
  std::string host;  // "::1"
  std::uint16_t host_port = 0, container_port = 0, last_host_port = 0;
  [[nodiscard]] std::string outer() const;  // "[::1]:8080"
  [[nodiscard]] std::string text() const;   // "[::1]:8080:80"
};
// Of text(); its port of the host's may be missing. Throws usage_error.
proxied_port parse_proxied_port(const std::string& text);

class port_proxy final : public container::event_source {
 public:
  // `to`: the container's own address. Throws usage_error where a port is taken, or of an
  // address that isn't the host's.
  port_proxy(std::vector<proxied_port> ports, net::address to);
  // Each with the port of the host's that it got.
  [[nodiscard]] const std::vector<proxied_port>& ports() const { return ports_; }

  [[nodiscard]] std::vector<pollfd> descriptors() const override;
  [[nodiscard]] std::optional<clock::time_point> deadline() const override { return {}; }
  void dispatch() override;

 private:
  // What one side has said and the other hasn't heard yet; then its end.
  struct half {
    std::string waiting;
    bool ended = false, passed_on = false;
  };
  struct proxied_connection {
    unique_fd outer, inner;
    half inward{}, outward{};
    bool broken = false;
    clock::time_point heard_at =
        clock::now();  // the last time that a side said something
  };
  void make_room();
  void accept(const unique_fd& listener, std::uint16_t inner);
  static void carry(const unique_fd& from, const unique_fd& to,
                    proxied_connection& connection, half& half);

  std::vector<proxied_port> ports_;
  net::address to_;
  std::vector<unique_fd> listeners_;  // of each port
  std::list<proxied_connection> connections_;
};

}  // namespace zoomin::network
