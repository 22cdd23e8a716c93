// SPDX-License-Identifier: MIT
#include "network/port_proxy.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <utility>

#include "common/error.hpp"
#include "common/sys.hpp"

namespace zoomin::network {

namespace {

// Each takes two descriptors, of the 1024 that we may have.
constexpr std::size_t most_connections = 256;
constexpr int most_at_once = 64;  // are accepted, before those that are there go on

std::optional<std::uint16_t> port_in(const std::string& digits) {
  std::uint16_t value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stopped, bad] = std::from_chars(digits.data(), end, value);
  if (bad != std::errc() || stopped != end || value == 0) return std::nullopt;
  return value;
}

// Listens at the port; empty where another program has it.
std::optional<unique_fd> try_listen_at(proxied_port& port) {
  unique_fd made(sys::check("socket", port.outer(), [] {
    return ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  }));
  const int on = 1;
  // Its name's version alone: 0.0.0.0 may have the same port, ipv6(7).
  for (const auto& [level, name] :
       {std::pair<int, int>{IPPROTO_IPV6, IPV6_V6ONLY}, {SOL_SOCKET, SO_REUSEADDR}})
    ::setsockopt(made.get(), level, name, &on, sizeof on);
  sockaddr_in6 at{};
  socklen_t size = sizeof at;
  at.sin6_family = AF_INET6;
  at.sin6_port = htons(port.host_port);
  ::inet_pton(AF_INET6, port.host.c_str(), &at.sin6_addr);
  auto* const place = reinterpret_cast<sockaddr*>(&at);
  const auto unless_taken = [&](const char* call, int result) {
    if (result == 0 || errno == EADDRINUSE) return result == 0;
    if (errno == EADDRNOTAVAIL)
      throw usage_error(fmt::format("{} is no address of this host", port.host));
    throw sys::error(errno, call, port.outer());
  };
  if (!unless_taken("bind", ::bind(made.get(), place, size)) ||
      !unless_taken("listen", ::listen(made.get(), SOMAXCONN)))
    return std::nullopt;
  ::getsockname(made.get(), place, &size);
  port.host_port = ntohs(at.sin6_port);
  return made;
}

unique_fd listen_at(proxied_port& port) {
  proxied_port tried = port;
  const auto last = std::max(port.host_port, port.last_host_port);
  for (unsigned number = port.host_port; number <= last; ++number) {
    tried.host_port = static_cast<std::uint16_t>(number);
    tried.last_host_port = 0;
    auto made = try_listen_at(tried);
    if (!made) continue;
    port = tried;
    return std::move(*made);
  }
  throw usage_error(
      fmt::format("Bind for {} failed: port is already allocated", port.outer()),
      "another program listens there; choose another port");
}

}  // namespace

std::string proxied_port::outer() const {
  const auto last = last_host_port == 0 ? "" : fmt::format("-{}", last_host_port);
  return fmt::format("[{}]:{}{}", host, host_port, last);
}

std::string proxied_port::text() const {
  return fmt::format("{}:{}", outer(), container_port);
}

proxied_port parse_proxied_port(const std::string& text) {
  const auto close = text.find("]:");
  const auto last = text.rfind(':');
  proxied_port one;
  if (!text.starts_with('[') || close == std::string::npos || last <= close + 1)
    throw usage_error(fmt::format("--publish {}: expected [ADDRESS]:PORT:PORT", text));
  one.host = text.substr(1, close - 1);
  in6_addr parsed{};
  if (::inet_pton(AF_INET6, one.host.c_str(), &parsed) != 1)
    throw usage_error(
        fmt::format("--publish {}: \"{}\" is not an IPv6 address", text, one.host));
  const auto outer = text.substr(close + 2, last - close - 2);
  const bool chosen = outer.empty() || outer == "0";  // by us
  const auto inner_port = port_in(text.substr(last + 1)), outer_port = port_in(outer);
  if (!inner_port || (!chosen && !outer_port))
    throw usage_error(fmt::format("--publish {}: a port is 1 to 65535", text));
  one.container_port = *inner_port;
  one.host_port = outer_port.value_or(0);
  return one;
}

port_proxy::port_proxy(std::vector<proxied_port> ports, net::address to)
    : ports_(std::move(ports)), to_(to) {
  for (auto& one : ports_) listeners_.push_back(listen_at(one));
}

std::vector<pollfd> port_proxy::descriptors() const {
  std::vector<pollfd> waitings;
  for (const auto& one : listeners_) waitings.push_back({one.get(), POLLIN, 0});
  // One that nothing is wanted of isn't looked at: its hang-up would wake us for ever.
  const auto add = [&](const unique_fd& side, const half& from, const half& to) {
    const int events = (from.ended || !from.waiting.empty() ? 0 : POLLIN) |
                       (to.waiting.empty() ? 0 : POLLOUT);
    waitings.push_back({events == 0 ? -1 : side.get(), static_cast<short>(events), 0});
  };
  for (const auto& connection : connections_) {
    add(connection.outer, connection.inward, connection.outward);
    add(connection.inner, connection.outward, connection.inward);
  }
  return waitings;
}

// Clients that say nothing keep nobody else out: the one that has been silent longest
// makes room. So does one where this process has no descriptor left.
void port_proxy::make_room() {
  const auto silent =
      std::ranges::min_element(connections_, {}, &proxied_connection::heard_at);
  if (silent != connections_.end()) connections_.erase(silent);
}

void port_proxy::accept(const unique_fd& listener, std::uint16_t inner) {
  for (int tries = 0; tries < most_at_once; ++tries) {
    unique_fd outer(
        ::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!outer && errno != EMFILE && errno != ENFILE) return;
    if (!outer || connections_.size() >= most_connections) make_room();
    if (!outer) continue;
    unique_fd inside(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!inside) return make_room();
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(inner);
    at.sin_addr.s_addr = htonl(to_.number);
    const int begun =
        ::connect(inside.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at);
    if (begun == -1 && errno != EINPROGRESS) continue;
    connections_.push_back({std::move(outer), std::move(inside)});
  }
}

// As much as both sides take by now. Whoever reads slowly is read from slowly.
void port_proxy::carry(const unique_fd& from, const unique_fd& to,
                       proxied_connection& connection, half& half) {
  std::array<char, 64UL << 10> buffer;
  while (!connection.broken && !half.passed_on) {
    if (half.waiting.empty() && !half.ended) {
      const auto got = ::recv(from.get(), buffer.data(), buffer.size(), 0);
      if (got == -1 && errno == EAGAIN) return;
      connection.broken = got == -1;
      half.ended = got == 0;
      if (got > 0) {
        half.waiting.assign(buffer.data(), static_cast<std::size_t>(got));
        connection.heard_at = clock::now();
      }
    }
    if (!half.waiting.empty()) {
      const auto sent =
          ::send(to.get(), half.waiting.data(), half.waiting.size(), MSG_NOSIGNAL);
      if (sent == -1 && errno == EAGAIN) return;
      connection.broken = sent == -1;
      if (sent > 0) half.waiting.erase(0, static_cast<std::size_t>(sent));
    } else if (half.ended) {
      half.passed_on = ::shutdown(to.get(), SHUT_WR) == 0;
      if (!half.passed_on) return;
    }
  }
}

void port_proxy::dispatch() {
  for (std::size_t i = 0; i < ports_.size(); ++i)
    accept(listeners_[i], ports_[i].container_port);
  for (auto& one : connections_) {
    carry(one.outer, one.inner, one, one.inward);
    carry(one.inner, one.outer, one, one.outward);
  }
  std::erase_if(connections_, [](const proxied_connection& one) {
    return one.broken || (one.inward.passed_on && one.outward.passed_on);
  });
}

}  // namespace zoomin::network
