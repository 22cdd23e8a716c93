// SPDX-License-Identifier: MIT
// dns_server: answers a container's questions for names, in its owner's loop.
//
// In the container it is 127.0.0.11, as its /etc/resolv.conf says. Port 53 stays the
// container's own: a rule in its NET namespace leads what is sent there to another port,
// on which a socket of ours listens, made in that namespace: one for UDP, one for TCP.
// Any name that its network doesn't have is passed on to the servers outside, from the
// host's namespace; an internal network has none.
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

constexpr const char* resolver_address = "127.0.0.11";

class dns_server final : public container::event_source {
 public:
  // `inside`: a process's pidfd, whose lo is up. `servers`: addresses.
  dns_server(std::vector<network> networks, int inside, std::vector<std::string> servers);
  // From here on these.
  void look_in(std::vector<network> others) { networks_ = std::move(others); }

  [[nodiscard]] std::vector<pollfd> descriptors() const override;
  [[nodiscard]] std::optional<clock::time_point> deadline() const override;
  void dispatch() override;

 private:
  // One that is waited for.
  struct passed_on {
    sockaddr_in asker;
    std::string message;  // as it came
    dns::question asked;
    std::uint16_t id = 0;  // under which it was passed on
    std::size_t server = 0;
    clock::time_point until;
    unique_fd socket{};
  };
  [[nodiscard]] std::optional<std::string> own_answer(std::string_view message,
                                                      const dns::question& question,
                                                      std::size_t most) const;
  void hear(std::string_view message, const sockaddr_in& asker);
  void say(std::string_view message, const sockaddr_in& to) const;
  void pass_on(passed_on query);
  bool hear_answer(passed_on& query) const;

  std::vector<network> networks_;
  std::vector<std::string> servers_;
  unique_fd socket_;
  std::list<passed_on> waiting_;
  std::optional<tcp_questions> over_tcp_;
};

// Of a resolv.conf(5).
std::vector<std::string> servers_in(const std::string& text);

}  // namespace zoomin::network
