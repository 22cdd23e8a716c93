// SPDX-License-Identifier: MIT
// endpoints: the network endpoints of a container. (network/network.hpp describes
// networks without their containers.)
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "01-pid/pid.hpp"
#include "02-net/coordination/shared_bridge.hpp"
#include "container/spec/spec.hpp"
#include "network/anti_spoofing.hpp"
#include "network/dns_records.hpp"
#include "network/dns_server.hpp"
#include "network/port_proxy.hpp"

namespace zoomin::container {

// Check that the network exists and that the requested address, if any, is in it. Throw
// usage_error.
void validate_attachment(const attachment& attachment);
void validate_networks(const container_spec& spec);

// Holds the endpoints of one container. There are none if it isn't on a bridge network.
class endpoints {
 public:
  endpoints(const container_spec& spec, std::string id, std::string name);

  // Connects the veth pairs to the network namespace of `child`, and publishes the ports.
  void connect(pid_t child);
  // Returns true if the container needs anti-spoofing rules: network/anti_spoofing.hpp.
  [[nodiscard]] bool can_forge() const { return can_forge_; }
  // Adds anti-spoofing rules because another container that joins the network needs them.
  // The rules stay after that container ends, since its addresses, or packets that it
  // queued, may outlive it.
  void prevent_spoofing(pid_t child);
  // Configures the interfaces; called in the container's network namespace.
  void configure() const;
  // Starts the DNS server. Call it after configure(). Returns null if no server is
  // needed, or if one is running already.
  base::event_source* serve_names(const pid::child& child, const container_spec& spec);
  // Returns the proxy of IPv6 ports, or null.
  base::event_source* proxy() { return proxy_.get(); }
  // Waits until the bridges forward packets, and emits "connect" events.
  void settle();
  // Disconnects everything, at the end of a run.
  void leave();

  // Change the endpoints of a running container. Throw usage_error, sys::error.
  void rename(const std::string& name);
  void join(const attachment& attachment, const pid::child& child);
  void disconnect(const std::string& network, const pid::child& child);

  // Returns the published ports, each with its actual host port.
  [[nodiscard]] std::vector<network::port_binding> ports() const;
  // Returns the address by which the container reaches the host.
  [[nodiscard]] std::string gateway() const;
  // Returns the container's address on its first network; empty without one.
  [[nodiscard]] std::string address() const;
  // Returns pairs of network and address, in the order of the spec.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> addresses() const;

 private:
  struct connection {
    connection(const attachment& attachment, const std::string& container_id);
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;
    ~connection();  // emits "disconnect" if "connect" was emitted
    void emit_connect();
    std::string id, name;  // of the container; of the network in its spec
    std::vector<std::string> aliases;
    network::network network;
    net::shared_bridge bridge;
    net::lease lease;
    std::optional<net::cable> cable{};
    std::optional<net::published_ports> published{};
    std::unique_ptr<network::dns_records> names{};
    bool emitted = false;
  };
  connection& add(const attachment& attachment);
  void publish_names(connection& link) const;
  void plug_in(connection& link, pid_t child);
  void prevent_spoofing(const connection& link, pid_t child);
  [[nodiscard]] std::string free_device() const;
  [[nodiscard]] std::vector<network::network> networks_with_names() const;
  void choose_default_route();

  std::string id_, name_;
  std::vector<network::port_binding> ports_;  // as in the spec
  bool can_forge_;
  std::list<connection> links_;
  std::optional<network::anti_spoofing> anti_spoofing_;
  std::unique_ptr<network::dns_server> dns_server_;
  std::unique_ptr<network::port_proxy> proxy_;
};

}  // namespace zoomin::container
