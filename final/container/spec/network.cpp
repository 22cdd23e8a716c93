// SPDX-License-Identifier: MIT
#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "base/json.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"
#include "container/spec/json.hpp"
#include "network/subnet_flags.hpp"

namespace zoomin::container {

namespace {

// A host port such as "8080", or a range such as "8000-8010", of which the first free
// port is taken.
struct host_ports {
  std::string first;
  std::uint16_t last = 0;
};

host_ports parse_host_ports(const json& outer) {
  const auto text = value<std::string>(outer, "HostPort", "");
  const auto dash = text.find('-');
  host_ports ports{text.substr(0, dash)};
  if (dash == std::string::npos) return ports;
  const auto* const end = text.data() + text.size();
  const auto [stopped, bad] = std::from_chars(text.data() + dash + 1, end, ports.last);
  if (bad != std::errc() || stopped != end)
    throw usage_error(fmt::format("--publish: {} is not a port range", sys::quote(text)));
  return ports;
}

net::published_port parse_binding(const std::string& inner, const json& outer) {
  const auto host_address = value<std::string>(outer, "HostIp", "");
  const auto [port, last] = parse_host_ports(outer);
  const bool chosen = port.empty() || port == "0";
  auto binding = net::parse_published_port(fmt::format("{}{}{}:{}", host_address,
                                                       host_address.empty() ? "" : ":",
                                                       chosen ? "1" : port, inner));
  if (chosen) binding.host_port = 0;
  binding.last_host_port = last;
  return binding;
}

// Parses a binding to an IPv6 address.
network::proxied_port parse_proxied(const std::string& inner, const json& outer) {
  const auto slash = inner.find('/');
  if (slash != std::string::npos && inner.substr(slash) != "/tcp")
    throw usage_error(
        fmt::format("--publish {}: not supported for IPv6 addresses", inner),
        "IPv6 addresses support TCP only");
  const auto [port, last] = parse_host_ports(outer);
  auto parsed = network::parse_proxied_port(
      fmt::format("[{}]:{}:{}", value<std::string>(outer, "HostIp", ""), port,
                  inner.substr(0, slash)));
  parsed.last_host_port = last;
  return parsed;
}

// Publishes the exposed ports, for --publish-all.
void add_exposed(const std::vector<std::string>& exposed,
                 std::vector<net::published_port>& to) {
  for (const auto& port : exposed) {
    const auto binding = parse_binding(port, json::object());
    const bool there = std::ranges::any_of(to, [&](const auto& other) {
      return other.container_port == binding.container_port && other.over == binding.over;
    });
    if (!there) to.push_back(binding);
  }
}

bool is_address(const std::string& text) {
  in6_addr room{};
  return ::inet_pton(AF_INET, text.c_str(), &room) == 1 ||
         ::inet_pton(AF_INET6, text.c_str(), &room) == 1;
}

void require_address(const std::string& flag, const std::string& text) {
  if (!is_address(text))
    throw usage_error(fmt::format("{}: {} is not an address", flag, sys::quote(text)));
}

// Refuses a word that could add a line to a file.
void require_word(const std::string& flag, const std::string& text) {
  if (text.empty() || text.find_first_of(" \t\n\r#") != std::string::npos)
    throw usage_error(
        fmt::format("{} {}: must be a word without spaces", flag, sys::quote(text)));
}

// Parses "NAME:ADDRESS" or "NAME=ADDRESS".
host_entry parse_host(const std::string& text) {
  const auto mark = text.find_first_of(":=");
  if (mark == std::string::npos)
    throw usage_error(fmt::format("--add-host {}: expected NAME:ADDRESS", text));
  host_entry host{text.substr(0, mark), text.substr(mark + 1)};
  require_word("--add-host", host.name);
  if (host.address.starts_with('[') && host.address.ends_with(']'))
    host.address = host.address.substr(1, host.address.size() - 2);
  if (host.address != host_gateway) require_address("--add-host", host.address);
  return host;
}

// Refuses options of the network if the container joins another container's network.
void require_own_network(const json& host, const container_spec& spec) {
  if (spec.has_own_network() || spec.network == "host") return;
  constexpr const char* hint = "use it for the container whose network is joined";
  if (!spec.hostname.empty())
    throw usage_error("--hostname can't be combined with --network container:NAME", hint);
  if (value(host, "PublishAllPorts", false))
    throw usage_error("--publish-all can't be combined with --network container:NAME",
                      hint);
  for (const auto& [key, flag] : {std::pair("PortBindings", "--publish"),
                                  {"ExtraHosts", "--add-host"},
                                  {"Links", "--link"},
                                  {"Dns", "--dns"},
                                  {"DnsSearch", "--dns-search"},
                                  {"DnsOptions", "--dns-option"}})
    if (!value(host, key, json()).empty())
      throw usage_error(
          fmt::format("{} can't be combined with --network container:NAME", flag), hint);
}

attachment attachment_of(const json& from, const std::string& network) {
  attachment attachment{.network = network, .aliases = strings(from, "NetworkAliases")};
  for (const auto& alias : attachment.aliases) require_word("--network-alias", alias);
  if (!attachment.aliases.empty() && !attachment.has_names())
    throw usage_error(
        "--network-alias is supported only for containers in user defined networks",
        "create a network with `zoomin network create`, and use --network");
  const auto hardware = value<std::string>(from, "MacAddress", "");
  attachment.hardware = network::parse_hardware_address(hardware);
  if (attachment.hardware.empty() && !hardware.empty())
    throw usage_error(
        fmt::format("--mac-address {}: not a valid MAC address of an interface",
                    sys::quote(hardware)),
        "expected six pairs of digits, the first one even, such as 02:00:00:00:00:07");
  const auto address = value<std::string>(from, "Address", "");
  if (address.empty()) return attachment;
  attachment.address = net::parse_address(address);
  if (!attachment.address)
    throw usage_error(fmt::format("--ip {}: not an IPv4 address", address));
  return attachment;
}

// Returns the networks of the container. HostConfig itself has the options of the first
// one.
std::vector<attachment> networks_of(const json& host, const container_spec& spec) {
  const auto others = value(host, "MoreNetworks", json(json::array()));
  if (spec.network == "none" || !spec.has_own_network()) {
    if (!value<std::string>(host, "Address", "").empty())
      throw usage_error("--ip requires a bridge network");
    if (!value<std::string>(host, "MacAddress", "").empty())
      throw usage_error("--mac-address requires a bridge network");
    if (!others.empty())
      throw usage_error(fmt::format("--network {} can't be combined with other networks",
                                    spec.network));
    if (!strings(host, "NetworkAliases").empty())
      throw usage_error("--network-alias requires a bridge network");
    return {};
  }
  std::vector<attachment> attachments{attachment_of(host, spec.network)};
  for (const auto& options : others) {
    attachments.push_back(attachment_of(options, options.at("NetworkMode")));
    if (std::ranges::count(attachments, attachments.back().network,
                           &attachment::network) > 1)
      throw usage_error(
          fmt::format("--network {} is given twice", attachments.back().network));
  }
  return attachments;
}

json json_of(const attachment& attachment) {
  return {{"NetworkMode", attachment.network},
          {"NetworkAliases", attachment.aliases},
          {"Address", attachment.address ? attachment.address->text() : ""},
          {"MacAddress", attachment.hardware}};
}

// Returns container.json with these networks in place of its own.
stored_spec with_networks(const std::string& container_json,
                          const std::vector<attachment>& attachments) {
  auto from = files::parse_own<json>(container_json, "container.json");
  json& host = from.at("HostConfig");
  host.update(json_of(attachments.empty() ? attachment{"none"} : attachments.front()));
  json others = json::array();
  for (std::size_t i = 1; i < attachments.size(); ++i)
    others.push_back(json_of(attachments[i]));
  host["MoreNetworks"] = others;
  return stored(from);
}

}  // namespace

void read_network(const json& from, const json& host, container_spec& to) {
  to.network = value<std::string>(host, "NetworkMode", "default");
  require_own_network(host, to);
  to.networks = networks_of(host, to);
  const json bindings = object(host, "PortBindings");
  for (const auto& [inner, outer] : bindings.items())
    for (const auto& entry : outer)
      if (value<std::string>(entry, "HostIp", "").find(':') == std::string::npos)
        to.ports.push_back(parse_binding(inner, entry));
      else
        to.proxied_ports.push_back(parse_proxied(inner, entry));
  const json exposed = object(from, "ExposedPorts");
  for (const auto& [port, nothing] : exposed.items()) to.exposed.push_back(port);
  if (value(host, "PublishAllPorts", false)) add_exposed(to.exposed, to.ports);
  for (const auto& entry : strings(host, "ExtraHosts"))
    to.hosts.push_back(parse_host(entry));
  for (const auto& link : strings(host, "Links")) {
    if (!to.on_bridge())
      throw usage_error(fmt::format("--link {}: requires a bridge network", link),
                        "a link is a name on a bridge network");
    to.hosts.push_back(parse_link(link));
  }
  to.names = {strings(host, "Dns"), strings(host, "DnsSearch"),
              strings(host, "DnsOptions")};
  for (const auto& server : to.names.servers) require_address("--dns", server);
  for (const auto& domain : to.names.search) require_word("--dns-search", domain);
  for (const auto& option : to.names.options) require_word("--dns-option", option);
}

std::string container_spec::hardware_on(const std::string& network_name,
                                        net::address own) const {
  const auto found = std::ranges::find(networks, network_name, &attachment::network);
  const bool is_chosen = found != networks.end() && !found->hardware.empty();
  return is_chosen ? found->hardware : net::hardware_address(own);
}

std::string network_for_docker(const std::string& network) {
  return network == "default" ? "bridge" : network;
}

std::string network_from_docker(const std::string& name) {
  return name == "bridge" ? "default" : name;
}

stored_spec connected(const std::string& container_json, const attachment& added) {
  const container_spec spec = parse_spec(container_json);
  if (!spec.on_bridge() && spec.network != "none")
    throw usage_error(fmt::format(
        "a container with --network {} can't join other networks", spec.network));
  if (spec.is_on(added.network))
    throw usage_error(fmt::format("the container is already connected to network {}",
                                  network_for_docker(added.network)));
  auto attachments = spec.networks;
  attachments.push_back(added);
  return with_networks(container_json, attachments);
}

stored_spec disconnected(const std::string& container_json, const std::string& network) {
  const container_spec spec = parse_spec(container_json);
  if (!spec.is_on(network))
    throw usage_error(fmt::format("the container is not connected to network {}",
                                  network_for_docker(network)));
  auto rest = spec.networks;
  std::erase_if(
      rest, [&](const attachment& attachment) { return attachment.network == network; });
  return with_networks(container_json, rest);
}

std::string text_of(const attachment& attachment) {
  return files::json_text(json_of(attachment));
}

attachment parse_attachment(const std::string& json_text) {
  const auto from = files::parse_own<json>(json_text, "the request");
  return attachment_of(from, from.at("NetworkMode"));
}

std::pair<std::string, std::string> split_link(const std::string& text) {
  const auto colon = text.find(':');
  const std::string name = text.substr(0, colon);
  return {name, colon == std::string::npos ? name : text.substr(colon + 1)};
}

host_entry parse_link(const std::string& text) {
  auto [name, alias] = split_link(text);
  if (name.empty() || alias.empty() ||
      alias.find_first_of(" \t\n\r#:") != std::string::npos)
    throw usage_error(fmt::format("bad format for links: {}", text),
                      "expected --link NAME or --link NAME:ALIAS");
  return {alias, std::string(link_prefix) + name};
}

}  // namespace zoomin::container
