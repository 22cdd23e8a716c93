// SPDX-License-Identifier: MIT
#include "network/dns_tcp.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace zoomin::network {

namespace {

constexpr std::size_t most_clients = 32;  // each takes two descriptors at most
constexpr std::size_t length_bytes = 2, longest_question = 4096;
constexpr int most_at_once = 16;
constexpr auto patience_with_server = std::chrono::seconds(2);
constexpr auto patience_with_client = std::chrono::seconds(10);

// Returns the first message of `stream`, with its length before it; empty where it isn't
// complete yet.
std::optional<std::string_view> first_message(std::string_view stream) {
  if (stream.size() < length_bytes) return std::nullopt;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(stream[i]); };
  const std::size_t size = length_bytes + (byte(0) * 256U + byte(1));
  if (stream.size() < size) return std::nullopt;
  return stream.substr(0, size);
}

std::string with_length(std::string_view message) {
  std::string result;
  result += static_cast<char>(message.size() >> 8 & 0xff);
  result += static_cast<char>(message.size() & 0xff);
  return result.append(message);
}

// Returns false where the connection is at its end.
bool receive(const unique_fd& from, std::string& to, std::size_t most) {
  std::array<char, 4096> buffer;
  while (to.size() < most) {
    const auto room = std::min(buffer.size(), most - to.size());
    const auto got = ::recv(from.get(), buffer.data(), room, 0);
    if (got == -1 && errno == EAGAIN) return true;
    if (got <= 0) return false;
    to.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return true;
}

unique_fd connect_to(const std::string& server) {
  unique_fd made(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(53);
  ::inet_pton(AF_INET, server.c_str(), &at.sin_addr);
  if (!made) return made;
  const auto* const place = reinterpret_cast<const sockaddr*>(&at);
  if (::connect(made.get(), place, sizeof at) == -1 && errno != EINPROGRESS) made.reset();
  return made;
}

}  // namespace

tcp_questions::tcp_questions(unique_fd listener, own_answer own,
                             std::vector<std::string> servers)
    : listener_(std::move(listener)),
      own_(std::move(own)),
      servers_(std::move(servers)) {}

std::vector<pollfd> tcp_questions::descriptors() const {
  std::vector<pollfd> waitings{{listener_.get(), POLLIN, 0}};
  for (const auto& client : clients_) {
    if (client.server) {
      const bool asking = client.sent < client.question.size();
      waitings.push_back(
          {client.server.get(), static_cast<short>(asking ? POLLOUT : POLLIN), 0});
    } else {
      const bool saying = !client.to_say.empty();
      waitings.push_back(
          {client.socket.get(), static_cast<short>(saying ? POLLOUT : POLLIN), 0});
    }
  }
  return waitings;
}

std::optional<tcp_questions::clock::time_point> tcp_questions::deadline() const {
  std::optional<clock::time_point> first;
  for (const auto& client : clients_) {
    const auto end =
        client.server ? client.until : client.heard_at + patience_with_client;
    first = std::min(first.value_or(end), end);
  }
  return first;
}

void tcp_questions::make_room() {
  const auto silent = std::ranges::min_element(clients_, {}, &tcp_client::heard_at);
  if (silent != clients_.end()) clients_.erase(silent);
}

void tcp_questions::accept() {
  for (int tries = 0; tries < most_at_once; ++tries) {
    unique_fd socket(
        ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket && errno != EMFILE && errno != ENFILE) return;
    if (!socket || clients_.size() >= most_clients) make_room();
    if (socket) clients_.push_back({std::move(socket)});
  }
}

void tcp_questions::dispatch() {
  accept();
  const auto now = clock::now();
  for (auto& who : clients_) {
    if (who.server && now >= who.until) ask_next_server(who);
    if (who.server) ask_server(who);
    if (!who.server) say(who);
    if (!who.server && who.to_say.empty()) hear(who);
    who.over = who.over || (!who.server && now >= who.heard_at + patience_with_client);
  }
  std::erase_if(clients_, [](const tcp_client& client) { return client.over; });
}

void tcp_questions::say(tcp_client& client) {
  while (!client.over && !client.to_say.empty()) {
    const auto sent = ::send(client.socket.get(), client.to_say.data(),
                             client.to_say.size(), MSG_NOSIGNAL);
    if (sent == -1 && errno == EAGAIN) return;
    client.over = sent == -1;
    if (sent > 0) client.to_say.erase(0, static_cast<std::size_t>(sent));
  }
}

void tcp_questions::hear(tcp_client& client) {
  const auto before = client.heard.size();
  const bool goes_on =
      receive(client.socket, client.heard, length_bytes + longest_question);
  if (client.heard.size() > before) client.heard_at = clock::now();
  while (!client.over && !client.server && client.to_say.empty() && answer_next(client)) {
  }
  client.over = client.over || (!goes_on && !client.server && client.to_say.empty());
}

// Answers the client's next question. Returns false where no whole question has come yet.
// A message that is no question ends the connection.
bool tcp_questions::answer_next(tcp_client& client) {
  const auto first = first_message(client.heard);
  if (!first) {
    client.over = client.heard.size() >= length_bytes + longest_question;
    return false;
  }
  client.question = *first;
  client.heard.erase(0, client.question.size());
  const auto message = std::string_view(client.question).substr(length_bytes);
  const auto question = dns::parse(message);
  client.over = !question;
  if (!question) return false;
  client.next_server = 0;
  if (const auto known = own_(message, *question, dns::longest_over_tcp)) {
    client.to_say = with_length(*known);
    say(client);
  } else {
    ask_next_server(client);
  }
  return true;
}

void tcp_questions::ask_next_server(tcp_client& client) {
  client.server.reset();
  client.answer.clear();
  client.sent = 0;
  while (!client.server && client.next_server < servers_.size())
    client.server = connect_to(servers_[client.next_server++]);
  client.until = clock::now() + patience_with_server;
  if (client.server) return;
  const auto message = std::string_view(client.question).substr(length_bytes);
  client.to_say = with_length(dns::answer(
      message, dns::parse(message).value_or(dns::question()), dns::code::failed));
}

// The identification is the client's own: nobody can answer in a connection's middle.
void tcp_questions::ask_server(tcp_client& client) {
  while (client.sent < client.question.size()) {
    const auto sent = ::send(client.server.get(), client.question.data() + client.sent,
                             client.question.size() - client.sent, MSG_NOSIGNAL);
    if (sent == -1 && (errno == EAGAIN || errno == EINPROGRESS)) return;
    if (sent == -1) return ask_next_server(client);
    client.sent += static_cast<std::size_t>(sent);
  }
  const bool goes_on =
      receive(client.server, client.answer, length_bytes + dns::longest_over_tcp);
  if (const auto whole = first_message(client.answer)) {
    client.to_say = *whole;
    client.heard_at = clock::now();
    client.server.reset();
  } else if (!goes_on) {
    ask_next_server(client);
  }
}

}  // namespace zoomin::network
