// SPDX-License-Identifier: MIT
// dns_tcp: the part of resolver.hpp that hears questions over TCP, RFC 7766: those
// whose answer was too long for a datagram, and of resolvers that use nothing else.
//
// A message is preceded by its length in two bytes. A client's questions are answered one
// after the other. The number of clients is bounded; the one that has been silent longest
// makes room for a new one.
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

class tcp_questions final : public container::event_source {
 public:
  // Returns the answer to a question about our own names; empty where a server outside
  // has to be asked.
  using own_answer = std::function<std::optional<std::string>(
      std::string_view message, const dns::question& asked, std::size_t most)>;
  // Listens with `listener`, in the container's network, and asks `servers` from this
  // process's.
  tcp_questions(unique_fd listener, own_answer own, std::vector<std::string> servers);

  [[nodiscard]] std::vector<pollfd> descriptors() const override;
  [[nodiscard]] std::optional<clock::time_point> deadline() const override;
  void dispatch() override;

 private:
  struct tcp_client {
    unique_fd socket;
    std::string heard{};   // not answered yet
    std::string to_say{};  // with its length before it
    // The members below are in use while a question of this client is passed on.
    std::string question{};  // with its length before it
    unique_fd server{};
    std::size_t next_server = 0, sent = 0;
    std::string answer{};
    clock::time_point until{}, heard_at = clock::now();
    bool over = false;
  };
  void accept();
  void make_room();
  void hear(tcp_client& client);
  bool answer_next(tcp_client& client);
  void ask_next_server(tcp_client& client);
  void ask_server(tcp_client& client);
  static void say(tcp_client& client);

  unique_fd listener_;
  own_answer own_;
  std::vector<std::string> servers_;
  std::list<tcp_client> clients_;
};

}  // namespace zoomin::network
