// SPDX-License-Identifier: MIT
// networks: which networks containers use; network/network.hpp knows no containers.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "01-pid/pid.hpp"
#include "02-net/net.hpp"
#include "container/asked.hpp"
#include "network/names.hpp"
#include "network/resolver.hpp"

namespace zoomin::container {

// Ids of those that are to be on it, running or not.
std::vector<std::string> containers_on(const std::string& network);

// Throws usage_error where its network isn't there, or hasn't the address it wants.
void validate_network(const asked& wanted);

// What a container has of its network: nothing without a bridge.
class connection {
 public:
  connection(const asked& wanted, const std::string& id, const std::string& name);

  // The cable, and the published ports.
  void connect(pid_t child, const asked& wanted);
  // Inside.
  void configure() const;
  // Once it is configured: who answers its questions for names, if somebody does.
  companion* serve_names(const pid::child& child, const asked& wanted);
  void settle() const;
  void leave();

  [[nodiscard]] std::vector<net::published_port> published_ports() const;
  // Of the host, as containers see it.
  [[nodiscard]] std::string gateway() const;
  [[nodiscard]] std::string address() const;

 private:
  std::optional<network::network> network_;
  std::optional<net::bridge> bridge_;
  net::lease lease_;
  std::string port_;
  std::optional<net::published> ports_;
  std::optional<network::names> names_;
  std::unique_ptr<network::resolver> resolver_;
};

}  // namespace zoomin::container
