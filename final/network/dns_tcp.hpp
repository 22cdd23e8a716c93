// SPDX-License-Identifier: MIT
// dns_tcp: the part of dns_server.hpp that serves TCP, RFC 7766: for answers that are too
// long for a datagram, and for clients that use only TCP.
//
// Each message is preceded by its length in two bytes. A client's questions are answered
// one after another. The number of clients is bounded: a new client replaces the client
// that has been silent longest.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/event_source.hpp"
#include "common/fd.hpp"
#include "network/dns_message.hpp"

namespace zoomin::network {

class dns_tcp final : public base::event_source {
 public:
  // Returns the answer to a question about names of the container's networks, or nothing
  // if the question must be forwarded to an external server.
  using own_answer = std::function<std::optional<std::string>(
      std::string_view message, const dns::question& question, std::size_t max_bytes)>;
  // Accepts clients at `listener`, a socket of the container's network namespace.
  // Connects to `servers` in this process's namespace.
  dns_tcp(unique_fd listener, own_answer own, std::vector<std::string> servers);

  [[nodiscard]] std::vector<pollfd> descriptors() const override;
  [[nodiscard]] std::optional<clock::time_point> deadline() const override;
  void dispatch() override;

 private:
  struct tcp_client {
    unique_fd socket;
    std::string received{};  // not answered yet
    std::string to_send{};   // with its length in front
    // The following members are in use while a question is forwarded.
    std::string question{};  // with its length in front
    unique_fd server{};
    std::size_t next_server = 0, sent = 0;
    std::string answer{};
    clock::time_point deadline{}, last_active = clock::now();
    bool closed = false;
  };
  void accept();
  void make_room();
  void receive_questions(tcp_client& client);
  bool answer_next(tcp_client& client);
  void ask_next_server(tcp_client& client);
  void exchange_with_server(tcp_client& client);
  static void send_answer(tcp_client& client);

  unique_fd listener_;
  own_answer own_;
  std::vector<std::string> servers_;
  std::list<tcp_client> clients_;
};

}  // namespace zoomin::network
