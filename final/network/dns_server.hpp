// SPDX-License-Identifier: MIT
// dns_server: answers a container's DNS queries, in the event loop of its monitor.
//
// The server has the address 127.0.0.11 in the container, where /etc/resolv.conf names
// it. Port 53 stays free for the container: a rule in its network namespace redirects
// queries to two other ports, for UDP and TCP, on which the monitor's sockets listen.
// These sockets were created in that namespace. Queries for names outside the container's
// networks are forwarded to external servers, from the host's namespace, unless all
// networks are internal.
#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/event_source.hpp"
#include "common/fd.hpp"
#include "network/dns_message.hpp"
#include "network/dns_tcp.hpp"
#include "network/network.hpp"

namespace zoomin::network {

constexpr const char* dns_server_address = "127.0.0.11";

class dns_server final : public base::event_source {
 public:
  // `inside` is the pidfd of a process in the container, whose loopback device must be
  // up. `servers` are the addresses of the external servers.
  dns_server(std::vector<network> networks, int inside, std::vector<std::string> servers);
  // Replaces the networks whose names the server knows.
  void set_networks(std::vector<network> networks) { networks_ = std::move(networks); }

  [[nodiscard]] std::vector<pollfd> descriptors() const override;
  [[nodiscard]] std::optional<clock::time_point> deadline() const override;
  void dispatch() override;

 private:
  // A query that was forwarded and waits for its answer.
  struct forwarded_query {
    sockaddr_in client;
    std::string message;  // as the client sent it
    dns::question question;
    std::uint16_t id = 0;  // in the forwarded message
    std::size_t server = 0;
    clock::time_point deadline;
    unique_fd socket{};
  };
  [[nodiscard]] std::optional<std::string> own_answer(std::string_view message,
                                                      const dns::question& question,
                                                      std::size_t max_bytes) const;
  void handle_query(std::string_view message, const sockaddr_in& client);
  void send_answer(std::string_view message, const sockaddr_in& client) const;
  void forward(forwarded_query query);
  bool receive_answer(forwarded_query& query) const;

  std::vector<network> networks_;
  std::vector<std::string> servers_;
  unique_fd socket_;
  std::list<forwarded_query> waiting_;
  std::optional<dns_tcp> tcp_;
};

// Returns the IPv4 name servers of a resolv.conf(5).
std::vector<std::string> servers_in(const std::string& resolv_conf);

}  // namespace zoomin::network
