// SPDX-License-Identifier: MIT
#include "network/dns_server.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <sstream>

#include "02-net/nft.hpp"
#include "03-mnt/defaults.hpp"
#include "common/sys.hpp"
#include "network/dns_records.hpp"
#include "network/netns_guard.hpp"

namespace zoomin::network {

namespace {

using sys::operator""_id;
constexpr std::size_t max_waiting = 100;  // a further query replaces the oldest one
constexpr auto udp_server_timeout = std::chrono::seconds(2);
constexpr int datagrams_per_turn = 64;
using message_buffer = std::array<char, 4096>;

sockaddr_in socket_address(const std::string& address, std::uint16_t port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(port);
  ::inet_pton(AF_INET, address.c_str(), &result.sin_addr);
  return result;
}

const sockaddr* as_any(const sockaddr_in& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

unique_fd make_socket(int type = SOCK_DGRAM) {
  return unique_fd(sys::check("socket", "for names", [&] {
    return ::socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  }));
}

std::uint16_t bind_any_port(int socket) {
  const auto any_port = socket_address(dns_server_address, 0);
  sys::check("bind", dns_server_address,
             [&] { return ::bind(socket, as_any(any_port), sizeof any_port); });
  sockaddr_in bound{};
  socklen_t size = sizeof bound;
  sys::check("getsockname", dns_server_address, [&] {
    return ::getsockname(socket, reinterpret_cast<sockaddr*>(&bound), &size);
  });
  return ntohs(bound.sin_port);
}

void redirect_port_53(std::uint16_t udp_port, std::uint16_t tcp_port) {
  nft::run(
      {{{"names.table"_id, "in the container's namespace"}, "add table ip zoomin_names"},
       {{"names"_id, "DNS queries go to the monitor"},
        fmt::format("add chain ip zoomin_names output {{ type nat hook output "
                    "priority -100; ip daddr {0} udp dport 53 dnat to {0}:{1}; "
                    "ip daddr {0} tcp dport 53 dnat to {0}:{2}; }}",
                    dns_server_address, udp_port, tcp_port)}});
}

std::uint16_t random_id() {
  std::uint16_t id = 0;
  [[maybe_unused]] const auto got = ::getrandom(&id, sizeof id, 0);
  return id;
}

std::string with_id(std::string_view message, std::uint16_t id) {
  std::string result(message);
  std::memcpy(result.data(), &id, sizeof id);
  return result;
}

std::uint16_t id_of(std::string_view message) {
  std::uint16_t id = 0;
  std::memcpy(&id, message.data(), sizeof id);
  return id;
}

// Returns true if the question asks for the name of an address in this network, such as
// "7.0.80.10.in-addr.arpa", which external servers don't know.
bool asks_for_own_address(const network& network, const dns::question& question) {
  std::array<unsigned, 4> part{};
  std::istringstream text(question.name);
  char dot = '.';
  if (question.type != dns::type_ptr ||
      !(text >> part[3] >> dot >> part[2] >> dot >> part[1] >> dot >> part[0]))
    return false;
  const auto address =
      net::parse_address(fmt::format("{}.{}.{}.{}", part[0], part[1], part[2], part[3]));
  return address && network.pool.contains(*address);
}

}  // namespace

dns_server::dns_server(std::vector<network> networks, int inside,
                       std::vector<std::string> servers)
    : networks_(std::move(networks)), servers_(std::move(servers)) {
  const netns_guard there(inside);
  socket_ = make_socket();
  unique_fd listener = make_socket(SOCK_STREAM);
  const auto udp_port = bind_any_port(socket_.get());
  const auto tcp_port = bind_any_port(listener.get());
  sys::check("listen", dns_server_address,
             [&] { return ::listen(listener.get(), SOMAXCONN); });
  redirect_port_53(udp_port, tcp_port);
  tcp_.emplace(
      std::move(listener),
      [this](auto message, auto& question, auto max_bytes) {
        return own_answer(message, question, max_bytes);
      },
      servers_);
}

std::vector<pollfd> dns_server::descriptors() const {
  std::vector<pollfd> polled{{socket_.get(), POLLIN, 0}};
  for (const auto& query : waiting_) polled.push_back({query.socket.get(), POLLIN, 0});
  const auto streams = tcp_->descriptors();
  polled.insert(polled.end(), streams.begin(), streams.end());
  return polled;
}

std::optional<dns_server::clock::time_point> dns_server::deadline() const {
  const auto streams = tcp_->deadline();
  if (waiting_.empty()) return streams;
  const auto oldest = waiting_.front().deadline;
  return std::min(streams.value_or(oldest), oldest);
}

void dns_server::dispatch() {
  tcp_->dispatch();
  message_buffer buffer;
  for (int i = 0; i < datagrams_per_turn; ++i) {
    sockaddr_in client{};
    socklen_t size = sizeof client;
    const auto got = ::recvfrom(socket_.get(), buffer.data(), buffer.size(), 0,
                                reinterpret_cast<sockaddr*>(&client), &size);
    if (got < 0) break;
    handle_query({buffer.data(), static_cast<std::size_t>(got)}, client);
  }
  std::list<forwarded_query> timed_out;
  for (auto query = waiting_.begin(); query != waiting_.end();) {
    const auto next = std::next(query);
    if (receive_answer(*query))
      waiting_.erase(query);
    else if (clock::now() >= query->deadline)
      timed_out.splice(timed_out.end(), waiting_, query);
    query = next;
  }
  for (auto& query : timed_out) {
    ++query.server;
    forward(std::move(query));
  }
}

// Answers a question for a name of these networks, or a question that must not be
// forwarded. Returns nothing for any other question.
std::optional<std::string> dns_server::own_answer(std::string_view message,
                                                  const dns::question& question,
                                                  std::size_t max_bytes) const {
  std::vector<net::address> known;
  for (const auto& network : networks_)
    for (const auto address : addresses_of(network, question.name))
      known.push_back(address);
  const bool wants_addresses =
      question.type == dns::type_a || question.type == dns::type_any;
  if (!known.empty())
    return dns::answer(message, question, dns::code::fine,
                       wants_addresses ? known : std::vector<net::address>(), max_bytes);
  const bool all_internal = std::ranges::all_of(networks_, &network::internal);
  if (all_internal || std::ranges::any_of(networks_, [&](const network& network) {
        return asks_for_own_address(network, question);
      }))
    return dns::answer(message, question, dns::code::no_such_name);
  return std::nullopt;
}

void dns_server::handle_query(std::string_view message, const sockaddr_in& client) {
  const auto question = dns::parse(message);
  if (!question) return;
  if (const auto answer = own_answer(message, *question, dns::longest))
    return send_answer(*answer, client);
  if (waiting_.size() >= max_waiting) waiting_.pop_front();
  forward({client, std::string(message), *question, 0, 0, {}});
}

void dns_server::send_answer(std::string_view message, const sockaddr_in& client) const {
  ::sendto(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL, as_any(client),
           sizeof client);
}

// Forwards a query to the next server. Each query uses a port of its own, so that an
// attacker can't guess where to send a forged answer: RFC 5452.
void dns_server::forward(forwarded_query query) {
  for (; query.server < servers_.size(); ++query.server) {
    query.socket = make_socket();
    const auto server = socket_address(servers_[query.server], 53);
    query.id = random_id();
    const std::string message = with_id(query.message, query.id);
    if (::connect(query.socket.get(), as_any(server), sizeof server) == -1 ||
        ::send(query.socket.get(), message.data(), message.size(), MSG_NOSIGNAL) == -1)
      continue;
    query.deadline = clock::now() + udp_server_timeout;
    waiting_.push_back(std::move(query));
    return;
  }
  send_answer(dns::answer(query.message, query.question, dns::code::failed),
              query.client);
}

// Receives an answer and sends it to the client. Ignores messages that don't answer this
// question.
bool dns_server::receive_answer(forwarded_query& query) const {
  message_buffer buffer;
  const auto got = ::recv(query.socket.get(), buffer.data(), buffer.size(), 0);
  if (got == -1 && errno != EAGAIN) query.deadline = {};  // no server listens there
  if (got < static_cast<ssize_t>(query.question.end)) return false;
  const std::string_view message(buffer.data(), static_cast<std::size_t>(got));
  constexpr std::size_t header = 12;
  const auto size = query.question.end - header;
  if (id_of(message) != query.id ||
      message.substr(header, size) != query.message.substr(header, size))
    return false;
  send_answer(with_id(message, id_of(query.message)), query.client);
  return true;
}

std::vector<std::string> servers_in(const std::string& resolv_conf) {
  auto servers = mnt::name_servers(resolv_conf);
  std::erase_if(servers, [](const auto& server) { return !net::parse_address(server); });
  return servers;
}

}  // namespace zoomin::network
