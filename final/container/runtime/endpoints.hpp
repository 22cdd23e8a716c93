// SPDX-License-Identifier: MIT
// endpoints: which networks containers use; network/network.hpp knows no containers.
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "01-pid/pid.hpp"
#include "02-net/net.hpp"
#include "container/spec/spec.hpp"
#include "network/anti_spoofing.hpp"
#include "network/dns_records.hpp"
#include "network/dns_server.hpp"

namespace zoomin::container {

// Ids of those that are to be on it, running or not.
std::vector<std::string> containers_on(const std::string& network);

// Throws usage_error where a network isn't there, or hasn't the address that is wanted.
void validate_attachment(const attachment& wanted);
void validate_networks(const container_spec& spec);

// What a container has of its networks: nothing without a bridge.
class endpoints {
 public:
  endpoints(const container_spec& spec, std::string id, std::string name);

  // The cables, and the published ports.
  void connect(pid_t child);
  // Whether what is sent from it is to be pinned: pins.hpp.
  [[nodiscard]] bool can_forge() const { return can_forge_; }
  // For one that can, and has joined. It stays so: what that one left to be sent, or its
  // addresses, may outlive it.
  void pin(pid_t child);
  // Inside.
  void configure() const;
  // Once it is configured: who answers its questions for names from now on; null where
  // nobody does, or somebody does already.
  event_source* serve_names(const pid::child& child, const container_spec& spec);
  // Who carries what comes over IPv6; null where nothing does.
  event_source* carrier() { return relay_.get(); }
  void settle();
  void leave();

  // While it runs. Throw usage_error, sys::error.
  void rename(const std::string& name);
  void join(const attachment& wanted, const pid::child& child);
  void part(const std::string& network, const pid::child& child);

  [[nodiscard]] std::vector<net::published_port> published_ports() const;
  [[nodiscard]] std::vector<network::proxied_port> relayed_ports() const;
  // Of the host, as containers see it.
  [[nodiscard]] std::string gateway() const;
  // The container's own on its first network; empty without one.
  [[nodiscard]] std::string address() const;
  // By network, the first one's first.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> addresses() const;

 private:
  struct link {
    link(const attachment& wanted, const std::string& container);
    link(const link&) = delete;
    link& operator=(const link&) = delete;
    ~link();  // tells of its end, where its beginning was told
    void tell_connected();
    std::string id, name;  // its container's, and as that has it
    std::vector<std::string> aliases;
    network::network of;
    net::bridge bridge;
    net::lease lease;
    std::optional<net::cable> cable{};
    std::optional<net::published> published{};
    std::unique_ptr<network::dns_records> names{};
    bool told = false;
  };
  link& add(const attachment& wanted);
  void give_names(link& to) const;
  void plug_in(link& one, pid_t child);
  void pin(const link& one, pid_t child);
  [[nodiscard]] std::string free_device() const;
  [[nodiscard]] std::vector<network::network> networks_with_names() const;
  void choose_way_out();

  std::string id_, name_;
  std::vector<net::published_port> ports_;  // as they are asked for
  std::vector<network::proxied_port> relayed_;
  bool can_forge_;
  std::list<link> links_;
  std::optional<network::anti_spoofing> pins_;
  std::unique_ptr<network::dns_server> resolver_;
  std::unique_ptr<network::port_proxy> relay_;
};

}  // namespace zoomin::container
