// SPDX-License-Identifier: MIT
#include "network/port_proxy.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "02-net/coordination/free_port.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"

namespace zoomin::network {

namespace {

// Each connection needs two of the 1024 descriptors that a process may have.
constexpr std::size_t max_connections = 256;
constexpr int connections_per_turn = 64;  // accepted before the other sockets' turn

// Listens at the port. Returns nothing if another program uses the port.
std::optional<unique_fd> try_listen_at(port_binding& port) {
  unique_fd listener(sys::check("socket", port.outer(), [] {
    return ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  }));
  const int on = 1;
  // Binds to IPv6 alone, so that 0.0.0.0 may have the same port, ipv6(7).
  for (const auto& [level, name] :
       {std::pair<int, int>{IPPROTO_IPV6, IPV6_V6ONLY}, {SOL_SOCKET, SO_REUSEADDR}})
    ::setsockopt(listener.get(), level, name, &on, sizeof on);
  sockaddr_in6 at{};
  socklen_t size = sizeof at;
  at.sin6_family = AF_INET6;
  at.sin6_port = htons(port.host_port);
  ::inet_pton(AF_INET6, port.host.c_str(), &at.sin6_addr);
  auto* const address = reinterpret_cast<sockaddr*>(&at);
  const auto unless_taken = [&](const char* call, int result) {
    if (result == 0 || errno == EADDRINUSE) return result == 0;
    if (errno == EADDRNOTAVAIL)
      throw usage_error(fmt::format("{} is not an address of this host", port.host));
    throw sys::error(errno, call, port.outer());
  };
  if (!unless_taken("bind", ::bind(listener.get(), address, size)) ||
      !unless_taken("listen", ::listen(listener.get(), SOMAXCONN)))
    return std::nullopt;
  ::getsockname(listener.get(), address, &size);
  port.host_port = ntohs(at.sin6_port);
  return listener;
}

unique_fd listen_at(port_binding& port) {
  return net::bind_free_port(port, try_listen_at,
                             "another program listens there; choose another port");
}

}  // namespace

port_proxy::port_proxy(std::vector<port_binding> ports, net::address to)
    : ports_(std::move(ports)), to_(to) {
  for (auto& port : ports_) listeners_.push_back(listen_at(port));
}

std::vector<pollfd> port_proxy::descriptors() const {
  std::vector<pollfd> polled;
  for (const auto& listener : listeners_) polled.push_back({listener.get(), POLLIN, 0});
  // A socket without expected events is skipped, because its hang-up would wake the loop
  // again and again.
  const auto add = [&](const unique_fd& side, const half& from, const half& to) {
    const int events = (from.ended || !from.waiting.empty() ? 0 : POLLIN) |
                       (to.waiting.empty() ? 0 : POLLOUT);
    polled.push_back({events == 0 ? -1 : side.get(), static_cast<short>(events), 0});
  };
  for (const auto& connection : connections_) {
    add(connection.outer, connection.inward, connection.outward);
    add(connection.inner, connection.outward, connection.inward);
  }
  return polled;
}

// Closes the connection that has been silent longest, so that idle clients can't keep
// others out, or because this process has no free descriptor.
void port_proxy::make_room() {
  const auto idlest =
      std::ranges::min_element(connections_, {}, &proxied_connection::last_active);
  if (idlest != connections_.end()) connections_.erase(idlest);
}

void port_proxy::accept(const unique_fd& listener, std::uint16_t inner) {
  for (int tries = 0; tries < connections_per_turn; ++tries) {
    unique_fd outer(
        ::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!outer && errno != EMFILE && errno != ENFILE) return;
    if (!outer || connections_.size() >= max_connections) make_room();
    if (!outer) continue;
    unique_fd inside(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!inside) return make_room();
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(inner);
    at.sin_addr.s_addr = htonl(to_.number);
    const int result =
        ::connect(inside.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at);
    if (result == -1 && errno != EINPROGRESS) continue;
    connections_.push_back({std::move(outer), std::move(inside)});
  }
}

// Carries as much data as both sides accept now. A slow reader slows its sender down.
void port_proxy::carry(const unique_fd& from, const unique_fd& to,
                       proxied_connection& connection, half& half) {
  std::array<char, 64UL << 10> buffer;
  while (!connection.broken && !half.shut_down) {
    if (half.waiting.empty() && !half.ended) {
      const auto got = ::recv(from.get(), buffer.data(), buffer.size(), 0);
      if (got == -1 && errno == EAGAIN) return;
      connection.broken = got == -1;
      half.ended = got == 0;
      if (got > 0) {
        half.waiting.assign(buffer.data(), static_cast<std::size_t>(got));
        connection.last_active = clock::now();
      }
    }
    if (!half.waiting.empty()) {
      const auto sent =
          ::send(to.get(), half.waiting.data(), half.waiting.size(), MSG_NOSIGNAL);
      if (sent == -1 && errno == EAGAIN) return;
      connection.broken = sent == -1;
      if (sent > 0) half.waiting.erase(0, static_cast<std::size_t>(sent));
    } else if (half.ended) {
      half.shut_down = ::shutdown(to.get(), SHUT_WR) == 0;
      if (!half.shut_down) return;
    }
  }
}

void port_proxy::dispatch() {
  for (std::size_t i = 0; i < ports_.size(); ++i)
    accept(listeners_[i], ports_[i].container_port);
  for (auto& connection : connections_) {
    carry(connection.outer, connection.inner, connection, connection.inward);
    carry(connection.inner, connection.outer, connection, connection.outward);
  }
  std::erase_if(connections_, [](const proxied_connection& connection) {
    return connection.broken ||
           (connection.inward.shut_down && connection.outward.shut_down);
  });
}

}  // namespace zoomin::network
