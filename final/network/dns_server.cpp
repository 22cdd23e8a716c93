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
#include "common/sys.hpp"
#include "network/dns_records.hpp"
#include "network/netns_guard.hpp"

namespace zoomin::network {

namespace {

using sys::operator""_id;
constexpr std::size_t most_waiting = 100;  // the oldest is dropped for a new one
constexpr auto patience = std::chrono::seconds(2);
constexpr int most_at_once = 64;
using message_buffer = std::array<char, 4096>;

sockaddr_in place(const std::string& address, std::uint16_t port) {
  sockaddr_in one{};
  one.sin_family = AF_INET;
  one.sin_port = htons(port);
  ::inet_pton(AF_INET, address.c_str(), &one.sin_addr);
  return one;
}

const sockaddr* as_any(const sockaddr_in& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

unique_fd make_socket(int type = SOCK_DGRAM) {
  return unique_fd(sys::check("socket", "for names", [&] {
    return ::socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  }));
}

std::uint16_t bind_somewhere(int socket) {
  const auto wanted = place(resolver_address, 0);
  sys::check("bind", resolver_address,
             [&] { return ::bind(socket, as_any(wanted), sizeof wanted); });
  sockaddr_in got{};
  socklen_t size = sizeof got;
  sys::check("getsockname", resolver_address, [&] {
    return ::getsockname(socket, reinterpret_cast<sockaddr*>(&got), &size);
  });
  return ntohs(got.sin_port);
}

void lead_to(std::uint16_t udp_port, std::uint16_t tcp_port) {
  nft::run({{{"names-table"_id, "inside: rules of its own"}, "add table ip zoomin_names"},
            {{"names"_id, "questions for names come to its owner"},
             fmt::format("add chain ip zoomin_names output {{ type nat hook output "
                         "priority -100; ip daddr {0} udp dport 53 dnat to {0}:{1}; "
                         "ip daddr {0} tcp dport 53 dnat to {0}:{2}; }}",
                         resolver_address, udp_port, tcp_port)}});
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

// "7.0.80.10.in-addr.arpa" of one of its own addresses: nobody outside knows of it.
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
  const auto udp_port = bind_somewhere(socket_.get());
  const auto tcp_port = bind_somewhere(listener.get());
  sys::check("listen", resolver_address,
             [&] { return ::listen(listener.get(), SOMAXCONN); });
  lead_to(udp_port, tcp_port);
  over_tcp_.emplace(
      std::move(listener),
      [this](auto message, auto& item, auto most) {
        return own_answer(message, item, most);
      },
      servers_);
}

std::vector<pollfd> dns_server::descriptors() const {
  std::vector<pollfd> waitings{{socket_.get(), POLLIN, 0}};
  for (const auto& one : waiting_) waitings.push_back({one.socket.get(), POLLIN, 0});
  const auto streams = over_tcp_->descriptors();
  waitings.insert(waitings.end(), streams.begin(), streams.end());
  return waitings;
}

std::optional<dns_server::clock::time_point> dns_server::deadline() const {
  const auto streams = over_tcp_->deadline();
  if (waiting_.empty()) return streams;
  const auto oldest = waiting_.front().until;
  return std::min(streams.value_or(oldest), oldest);
}

void dns_server::dispatch() {
  over_tcp_->dispatch();
  message_buffer buffer;
  for (int i = 0; i < most_at_once; ++i) {
    sockaddr_in asker{};
    socklen_t size = sizeof asker;
    const auto got = ::recvfrom(socket_.get(), buffer.data(), buffer.size(), 0,
                                reinterpret_cast<sockaddr*>(&asker), &size);
    if (got < 0) break;
    hear({buffer.data(), static_cast<std::size_t>(got)}, asker);
  }
  std::list<passed_on> late;
  for (auto one = waiting_.begin(); one != waiting_.end();) {
    const auto next = std::next(one);
    if (hear_answer(*one))
      waiting_.erase(one);
    else if (clock::now() >= one->until)
      late.splice(late.end(), waiting_, one);
    one = next;
  }
  for (auto& query : late) {
    ++query.server;
    pass_on(std::move(query));
  }
}

// Answers what is known here: names of these networks, and questions that no server
// outside may be asked. The answer is empty for any other question.
std::optional<std::string> dns_server::own_answer(std::string_view message,
                                                  const dns::question& question,
                                                  std::size_t most) const {
  std::vector<net::address> known;
  for (const auto& one : networks_)
    for (const auto address : addresses_of(one, question.name)) known.push_back(address);
  const bool wants_them = question.type == dns::type_a || question.type == dns::type_any;
  if (!known.empty())
    return dns::answer(message, question, dns::code::fine,
                       wants_them ? known : std::vector<net::address>(), most);
  const bool none_leads_out = std::ranges::all_of(networks_, &network::internal);
  if (none_leads_out || std::ranges::any_of(networks_, [&](const network& one) {
        return asks_for_own_address(one, question);
      }))
    return dns::answer(message, question, dns::code::no_such_name);
  return std::nullopt;
}

void dns_server::hear(std::string_view message, const sockaddr_in& asker) {
  const auto question = dns::parse(message);
  if (!question) return;
  if (const auto known = own_answer(message, *question, dns::longest))
    return say(*known, asker);
  if (waiting_.size() >= most_waiting) waiting_.pop_front();
  pass_on({asker, std::string(message), *question, 0, 0, {}});
}

void dns_server::say(std::string_view message, const sockaddr_in& to) const {
  ::sendto(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL, as_any(to),
           sizeof to);
}

// Each from a port of its own, so that nobody can guess an answer: RFC 5452.
void dns_server::pass_on(passed_on query) {
  for (; query.server < servers_.size(); ++query.server) {
    query.socket = make_socket();
    const auto server = place(servers_[query.server], 53);
    query.id = random_id();
    const std::string message = with_id(query.message, query.id);
    if (::connect(query.socket.get(), as_any(server), sizeof server) == -1 ||
        ::send(query.socket.get(), message.data(), message.size(), MSG_NOSIGNAL) == -1)
      continue;
    query.until = clock::now() + patience;
    waiting_.push_back(std::move(query));
    return;
  }
  say(dns::answer(query.message, query.asked, dns::code::failed), query.asker);
}

// What isn't the answer to this question is let be.
bool dns_server::hear_answer(passed_on& query) const {
  message_buffer buffer;
  const auto got = ::recv(query.socket.get(), buffer.data(), buffer.size(), 0);
  if (got == -1 && errno != EAGAIN) query.until = {};  // nobody listens there
  if (got < static_cast<ssize_t>(query.asked.end)) return false;
  const std::string_view message(buffer.data(), static_cast<std::size_t>(got));
  constexpr std::size_t header = 12;
  const auto size = query.asked.end - header;
  if (id_of(message) != query.id ||
      message.substr(header, size) != query.message.substr(header, size))
    return false;
  say(with_id(message, id_of(query.message)), query.asker);
  return true;
}

std::vector<std::string> servers_in(const std::string& text) {
  std::vector<std::string> result;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string word, address;
    if (words >> word >> address && word == "nameserver" && net::parse_address(address))
      result.push_back(address);
  }
  return result;
}

}  // namespace zoomin::network
