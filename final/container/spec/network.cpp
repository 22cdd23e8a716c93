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

namespace zoomin::container {

namespace {

// Holds "8080", or a range "8000-8010", of which the first free port is taken.
struct host_ports {
  std::string first;
  std::uint16_t last = 0;
};

host_ports parse_host_ports(const json& outer) {
  const auto text = value<std::string>(outer, "HostPort", "");
  const auto dash = text.find('-');
  host_ports wanted{text.substr(0, dash)};
  if (dash == std::string::npos) return wanted;
  const auto* const end = text.data() + text.size();
  const auto [stopped, bad] = std::from_chars(text.data() + dash + 1, end, wanted.last);
  if (bad != std::errc() || stopped != end)
    throw usage_error(
        fmt::format("--publish: {} is no range of ports", sys::quote(text)));
  return wanted;
}

net::published_port parse_binding(const std::string& inner, const json& outer) {
  const auto at = value<std::string>(outer, "HostIp", "");
  const auto [port, last] = parse_host_ports(outer);
  const bool chosen = port.empty() || port == "0";
  auto one = net::parse_published_port(
      fmt::format("{}{}{}:{}", at, at.empty() ? "" : ":", chosen ? "1" : port, inner));
  if (chosen) one.host_port = 0;
  one.last_host_port = last;
  return one;
}

// At an address of IPv6.
network::proxied_port parse_relayed(const std::string& inner, const json& outer) {
  const auto slash = inner.find('/');
  if (slash != std::string::npos && inner.substr(slash) != "/tcp")
    throw usage_error(
        fmt::format("--publish {}: at an address of IPv6 not supported", inner),
        "TCP is, and UDP at addresses of IPv4");
  const auto [port, last] = parse_host_ports(outer);
  auto parsed = network::parse_proxied_port(
      fmt::format("[{}]:{}:{}", value<std::string>(outer, "HostIp", ""), port,
                  inner.substr(0, slash)));
  parsed.last_host_port = last;
  return parsed;
}

// --publish-all: what the image, or --expose, says that it listens at.
void add_exposed(const std::vector<std::string>& exposed,
                 std::vector<net::published_port>& to) {
  for (const auto& port : exposed) {
    const auto one = parse_binding(port, json::object());
    const bool there = std::ranges::any_of(to, [&](const auto& other) {
      return other.container_port == one.container_port && other.over == one.over;
    });
    if (!there) to.push_back(one);
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

// No word may bring a line of its own into a file.
void require_word(const std::string& flag, const std::string& text) {
  if (text.empty() || text.find_first_of(" \t\n\r#") != std::string::npos)
    throw usage_error(fmt::format("{} {}: not a word", flag, sys::quote(text)));
}

// "NAME:ADDRESS", also "NAME=ADDRESS".
host_entry parse_host(const std::string& text) {
  const auto mark = text.find_first_of(":=");
  if (mark == std::string::npos)
    throw usage_error(fmt::format("--add-host {}: expected NAME:ADDRESS", text));
  host_entry one{text.substr(0, mark), text.substr(mark + 1)};
  require_word("--add-host", one.name);
  if (one.address.starts_with('[') && one.address.ends_with(']'))
    one.address = one.address.substr(1, one.address.size() - 2);
  if (one.address != host_gateway) require_address("--add-host", one.address);
  return one;
}

// Of what belongs to a network, its owner has been asked.
void require_own_network(const json& host, const container_spec& spec) {
  if (spec.has_own_network() || spec.network == "host") return;
  if (!spec.hostname.empty())
    throw usage_error("--hostname: the network is another container's, and so the name",
                      "give it to that one");
  if (value(host, "PublishAllPorts", false))
    throw usage_error("--publish-all: the network is another container's",
                      "give it to that one");
  for (const auto& [key, flag] : {std::pair("PortBindings", "--publish"),
                                  {"ExtraHosts", "--add-host"},
                                  {"Links", "--link"},
                                  {"Dns", "--dns"},
                                  {"DnsSearch", "--dns-search"},
                                  {"DnsOptions", "--dns-option"}})
    if (!value(host, key, json()).empty())
      throw usage_error(fmt::format("{}: the network is another container's", flag),
                        "give it to that one");
}

attachment attachment_of(const json& from, const std::string& network) {
  attachment one{.network = network, .aliases = strings(from, "NetworkAliases")};
  for (const auto& alias : one.aliases) require_word("--network-alias", alias);
  if (!one.aliases.empty() && !one.has_names())
    throw usage_error("--network-alias: only a network of a user's has names",
                      "zoomin network create NAME; --network NAME");
  const auto hardware = value<std::string>(from, "MacAddress", "");
  one.hardware = net::parse_hardware_address(hardware);
  if (one.hardware.empty() && !hardware.empty())
    throw usage_error(
        fmt::format("--mac-address {}: not one of an interface", sys::quote(hardware)),
        "six pairs of digits, the first one even: 02:00:00:00:00:07");
  const auto address = value<std::string>(from, "Address", "");
  if (address.empty()) return one;
  one.address = net::parse_address(address);
  if (!one.address)
    throw usage_error(fmt::format("--ip {}: not an IPv4 address", address));
  return one;
}

// The first one's words are HostConfig's own.
std::vector<attachment> networks_of(const json& host, const container_spec& spec) {
  const auto others = value(host, "MoreNetworks", json(json::array()));
  if (spec.network == "none" || !spec.has_own_network()) {
    if (!value<std::string>(host, "Address", "").empty())
      throw usage_error("--ip: there is no address without a bridge");
    if (!value<std::string>(host, "MacAddress", "").empty())
      throw usage_error("--mac-address: there is no interface without a bridge");
    if (!others.empty())
      throw usage_error(
          fmt::format("--network {}: beside it there is no other", spec.network));
    if (!strings(host, "NetworkAliases").empty())
      throw usage_error("--network-alias: there is no name without a bridge");
    return {};
  }
  std::vector<attachment> attachments{attachment_of(host, spec.network)};
  for (const auto& one : others) {
    attachments.push_back(attachment_of(one, one.at("NetworkMode")));
    if (std::ranges::count(attachments, attachments.back().network,
                           &attachment::network) > 1)
      throw usage_error(fmt::format("--network {}: twice", attachments.back().network));
  }
  return attachments;
}

json json_of(const attachment& attachment) {
  return {{"NetworkMode", attachment.network},
          {"NetworkAliases", attachment.aliases},
          {"Address", attachment.address ? attachment.address->text() : ""},
          {"MacAddress", attachment.hardware}};
}

// `all` in place of those that `container_json` has.
std::string with_networks(const std::string& container_json,
                          const std::vector<attachment>& attachments) {
  auto from = files::parse_own<json>(container_json, "container.json");
  json& host = from.at("HostConfig");
  host.update(json_of(attachments.empty() ? attachment{"none"} : attachments.front()));
  json others = json::array();
  for (std::size_t i = 1; i < attachments.size(); ++i)
    others.push_back(json_of(attachments[i]));
  host["MoreNetworks"] = others;
  return files::json_text(from, 2) + "\n";
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
        to.relayed.push_back(parse_relayed(inner, entry));
  const json exposed = object(from, "ExposedPorts");
  for (const auto& [port, nothing] : exposed.items()) to.exposed.push_back(port);
  if (value(host, "PublishAllPorts", false)) add_exposed(to.exposed, to.ports);
  for (const auto& one : strings(host, "ExtraHosts")) to.hosts.push_back(parse_host(one));
  for (const auto& link : strings(host, "Links")) {
    if (!to.on_bridge())
      throw usage_error(fmt::format("--link {}: the container has no network", link),
                        "links are names on a bridge's network");
    to.hosts.push_back(parse_link(link));
  }
  to.names = {strings(host, "Dns"), strings(host, "DnsSearch"),
              strings(host, "DnsOptions")};
  for (const auto& one : to.names.servers) require_address("--dns", one);
  for (const auto& one : to.names.search) require_word("--dns-search", one);
  for (const auto& one : to.names.options) require_word("--dns-option", one);
}

std::string container_spec::hardware_on(const std::string& text, net::address own) const {
  const auto at = std::ranges::find(networks, text, &attachment::network);
  const bool asked_for = at != networks.end() && !at->hardware.empty();
  return asked_for ? at->hardware : net::hardware_address(own);
}

std::string network_for_docker(const std::string& network) {
  return network == "default" ? "bridge" : network;
}

std::string network_from_docker(const std::string& shown) {
  return shown == "bridge" ? "default" : shown;
}

std::string connected(const std::string& container_json, const attachment& added) {
  const container_spec now = parse_spec(container_json);
  if (!now.on_bridge() && now.network != "none")
    throw usage_error(
        fmt::format("the container's network is {}: it can have no other", now.network));
  if (now.is_on(added.network))
    throw usage_error(fmt::format("the container is on the network {} already",
                                  network_for_docker(added.network)));
  auto attachments = now.networks;
  attachments.push_back(added);
  return with_networks(container_json, attachments);
}

std::string disconnected(const std::string& container_json, const std::string& network) {
  const container_spec now = parse_spec(container_json);
  if (!now.is_on(network))
    throw usage_error(fmt::format("the container isn't on the network {}",
                                  network_for_docker(network)));
  auto rest = now.networks;
  std::erase_if(rest, [&](const attachment& one) { return one.network == network; });
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
                      "--link NAME, or --link NAME:ALIAS");
  return {alias, std::string(link_prefix) + name};
}

}  // namespace zoomin::container
