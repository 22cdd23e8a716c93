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

constexpr std::size_t max_clients = 32;  // each needs at most two descriptors
constexpr std::size_t length_bytes = 2, max_question = 4096;
constexpr int clients_per_turn = 16;
constexpr auto tcp_server_timeout = std::chrono::seconds(2);
constexpr auto client_timeout = std::chrono::seconds(10);

// Returns the first message of `stream`, preceded by its length, or nothing if it isn't
// complete yet.
std::optional<std::string_view> first_message(std::string_view stream) {
  if (stream.size() < length_bytes) return std::nullopt;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(stream[i]); };
  const std::size_t size = length_bytes + (byte(0) * 256U + byte(1));
  if (stream.size() < size) return std::nullopt;
  return stream.substr(0, size);
}

std::string with_length(std::string_view message) {
  std::string prefixed;
  prefixed += static_cast<char>(message.size() >> 8 & 0xff);
  prefixed += static_cast<char>(message.size() & 0xff);
  return prefixed.append(message);
}

// Returns false at the end of the connection.
bool receive(const unique_fd& from, std::string& to, std::size_t max_bytes) {
  std::array<char, 4096> buffer;
  while (to.size() < max_bytes) {
    const auto room = std::min(buffer.size(), max_bytes - to.size());
    const auto got = ::recv(from.get(), buffer.data(), room, 0);
    if (got == -1 && errno == EAGAIN) return true;
    if (got <= 0) return false;
    to.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return true;
}

unique_fd connect_to(const std::string& server) {
  unique_fd result(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(53);
  ::inet_pton(AF_INET, server.c_str(), &at.sin_addr);
  if (!result) return result;
  const auto* const address = reinterpret_cast<const sockaddr*>(&at);
  if (::connect(result.get(), address, sizeof at) == -1 && errno != EINPROGRESS)
    result.reset();
  return result;
}

}  // namespace

dns_tcp::dns_tcp(unique_fd listener, own_answer own, std::vector<std::string> servers)
    : listener_(std::move(listener)),
      own_(std::move(own)),
      servers_(std::move(servers)) {}

std::vector<pollfd> dns_tcp::descriptors() const {
  std::vector<pollfd> polled{{listener_.get(), POLLIN, 0}};
  for (const auto& client : clients_) {
    if (client.server) {
      const bool is_sending = client.sent < client.question.size();
      polled.push_back(
          {client.server.get(), static_cast<short>(is_sending ? POLLOUT : POLLIN), 0});
    } else {
      const bool is_answering = !client.to_send.empty();
      polled.push_back(
          {client.socket.get(), static_cast<short>(is_answering ? POLLOUT : POLLIN), 0});
    }
  }
  return polled;
}

std::optional<dns_tcp::clock::time_point> dns_tcp::deadline() const {
  std::optional<clock::time_point> first;
  for (const auto& client : clients_) {
    const auto end =
        client.server ? client.deadline : client.last_active + client_timeout;
    first = std::min(first.value_or(end), end);
  }
  return first;
}

void dns_tcp::make_room() {
  const auto idlest = std::ranges::min_element(clients_, {}, &tcp_client::last_active);
  if (idlest != clients_.end()) clients_.erase(idlest);
}

void dns_tcp::accept() {
  for (int tries = 0; tries < clients_per_turn; ++tries) {
    unique_fd socket(
        ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket && errno != EMFILE && errno != ENFILE) return;
    if (!socket || clients_.size() >= max_clients) make_room();
    if (socket) clients_.push_back({std::move(socket)});
  }
}

void dns_tcp::dispatch() {
  accept();
  const auto now = clock::now();
  for (auto& client : clients_) {
    if (client.server && now >= client.deadline) ask_next_server(client);
    if (client.server) exchange_with_server(client);
    if (!client.server) send_answer(client);
    if (!client.server && client.to_send.empty()) receive_questions(client);
    client.closed =
        client.closed || (!client.server && now >= client.last_active + client_timeout);
  }
  std::erase_if(clients_, [](const tcp_client& client) { return client.closed; });
}

void dns_tcp::send_answer(tcp_client& client) {
  while (!client.closed && !client.to_send.empty()) {
    const auto sent = ::send(client.socket.get(), client.to_send.data(),
                             client.to_send.size(), MSG_NOSIGNAL);
    if (sent == -1 && errno == EAGAIN) return;
    client.closed = sent == -1;
    if (sent > 0) client.to_send.erase(0, static_cast<std::size_t>(sent));
  }
}

void dns_tcp::receive_questions(tcp_client& client) {
  const auto before = client.received.size();
  const bool is_open =
      receive(client.socket, client.received, length_bytes + max_question);
  if (client.received.size() > before) client.last_active = clock::now();
  while (!client.closed && !client.server && client.to_send.empty() &&
         answer_next(client)) {
  }
  client.closed = client.closed || (!is_open && !client.server && client.to_send.empty());
}

// Answers the client's next question. Returns false if no complete question has come yet.
// A message that isn't a question closes the connection.
bool dns_tcp::answer_next(tcp_client& client) {
  const auto first = first_message(client.received);
  if (!first) {
    client.closed = client.received.size() >= length_bytes + max_question;
    return false;
  }
  client.question = *first;
  client.received.erase(0, client.question.size());
  const auto message = std::string_view(client.question).substr(length_bytes);
  const auto question = dns::parse(message);
  client.closed = !question;
  if (!question) return false;
  client.next_server = 0;
  if (const auto known = own_(message, *question, dns::longest_over_tcp)) {
    client.to_send = with_length(*known);
    send_answer(client);
  } else {
    ask_next_server(client);
  }
  return true;
}

void dns_tcp::ask_next_server(tcp_client& client) {
  client.server.reset();
  client.answer.clear();
  client.sent = 0;
  while (!client.server && client.next_server < servers_.size())
    client.server = connect_to(servers_[client.next_server++]);
  client.deadline = clock::now() + tcp_server_timeout;
  if (client.server) return;
  const auto message = std::string_view(client.question).substr(length_bytes);
  client.to_send = with_length(dns::answer(
      message, dns::parse(message).value_or(dns::question()), dns::code::failed));
}

// Sends the question to the server and receives the answer. The message keeps the
// client's identifier, because nobody else can send an answer within a TCP connection.
void dns_tcp::exchange_with_server(tcp_client& client) {
  while (client.sent < client.question.size()) {
    const auto sent = ::send(client.server.get(), client.question.data() + client.sent,
                             client.question.size() - client.sent, MSG_NOSIGNAL);
    if (sent == -1 && (errno == EAGAIN || errno == EINPROGRESS)) return;
    if (sent == -1) return ask_next_server(client);
    client.sent += static_cast<std::size_t>(sent);
  }
  const bool is_open =
      receive(client.server, client.answer, length_bytes + dns::longest_over_tcp);
  if (const auto complete = first_message(client.answer)) {
    client.to_send = *complete;
    client.last_active = clock::now();
    client.server.reset();
  } else if (!is_open) {
    ask_next_server(client);
  }
}

}  // namespace zoomin::network
