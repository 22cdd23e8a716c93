// SPDX-License-Identifier: MIT
#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/field_error.hpp"
#include "base/json.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"
#include "container/spec/fields.hpp"
#include "network/network.hpp"
#include "network/subnet_flags.hpp"

namespace zoomin::container {

namespace {

bool is_address(const std::string& text) {
  in6_addr ignored{};
  return ::inet_pton(AF_INET, text.c_str(), &ignored) == 1 ||
         ::inet_pton(AF_INET6, text.c_str(), &ignored) == 1;
}

void require_address(const std::string& setting, const std::string& text) {
  if (!is_address(text))
    throw usage_error(fmt::format("{}: {} is not an address", setting, sys::quote(text)));
}

// Throws usage_error if the word contains blanks or line ends, because it is written to a
// file such as /etc/hosts.
void require_word(const std::string& setting, const std::string& text) {
  if (text.empty() || text.find_first_of(" \t\n\r#") != std::string::npos)
    throw usage_error(
        fmt::format("{} {}: must be a word without spaces", setting, sys::quote(text)));
}

// Parses "NAME:ADDRESS" or "NAME=ADDRESS".
host_entry parse_host(const std::string& text) {
  const auto mark = text.find_first_of(":=");
  if (mark == std::string::npos)
    throw base::field_error("HostConfig.ExtraHosts",
                            fmt::format("{}: expected NAME:ADDRESS", text));
  host_entry host{text.substr(0, mark), text.substr(mark + 1)};
  require_word("HostConfig.ExtraHosts", host.name);
  if (host.address.starts_with('[') && host.address.ends_with(']'))
    host.address = host.address.substr(1, host.address.size() - 2);
  if (host.address != host_gateway)
    require_address("HostConfig.ExtraHosts", host.address);
  return host;
}

// Throws field_error for network options if the container joins another container's
// network.
void require_own_network(const json& host, const container_spec& spec) {
  if (spec.has_own_network() || spec.network == "host") return;
  constexpr const char* hint = "use it for the container whose network is joined";
  if (!spec.hostname.empty())
    throw base::field_error(
        "Config.Hostname", "can't be combined with HostConfig.NetworkMode container:NAME",
        hint);
  if (value(host, "PublishAllPorts", false))
    throw base::field_error(
        "HostConfig.PublishAllPorts",
        "can't be combined with HostConfig.NetworkMode container:NAME", hint);
  for (const char* key :
       {"PortBindings", "ExtraHosts", "Links", "Dns", "DnsSearch", "DnsOptions"})
    if (!value(host, key, json()).empty())
      throw base::field_error(
          fmt::format("HostConfig.{}", key),
          "can't be combined with HostConfig.NetworkMode container:NAME", hint);
}

attachment attachment_of(const json& from, const std::string& network) {
  attachment attachment{.network = network, .aliases = strings(from, "NetworkAliases")};
  for (const auto& alias : attachment.aliases)
    require_word("HostConfig.NetworkAliases", alias);
  if (!attachment.aliases.empty() && !attachment.has_names())
    throw base::field_error(
        "HostConfig.NetworkAliases",
        "is supported only for containers in user defined networks",
        "create a network with `zoomin network create`, and use HostConfig.NetworkMode");
  const auto hardware = value<std::string>(from, "MacAddress", "");
  attachment.hardware = network::parse_hardware_address(hardware);
  if (attachment.hardware.empty() && !hardware.empty())
    throw base::field_error(
        "HostConfig.MacAddress",
        fmt::format("{}: not a valid MAC address of an interface", sys::quote(hardware)),
        "expected six pairs of digits, the first one even, such as 02:00:00:00:00:07");
  const auto address = value<std::string>(from, "Address", "");
  if (address.empty()) return attachment;
  attachment.address = net::parse_address(address);
  if (!attachment.address)
    throw base::field_error("HostConfig.Address",
                            fmt::format("{}: not an IPv4 address", address));
  return attachment;
}

// Returns the networks of the container. The options of the first network are in
// HostConfig itself, and those of the others in its MoreNetworks.
std::vector<attachment> networks_of(const json& host, const container_spec& spec) {
  const auto others = value(host, "MoreNetworks", json(json::array()));
  if (spec.network == "none" || !spec.has_own_network()) {
    if (!value<std::string>(host, "Address", "").empty())
      throw base::field_error("HostConfig.Address", "requires a bridge network");
    if (!value<std::string>(host, "MacAddress", "").empty())
      throw base::field_error("HostConfig.MacAddress", "requires a bridge network");
    if (!others.empty())
      throw base::field_error(
          "HostConfig.NetworkMode",
          fmt::format("{} can't be combined with other networks", spec.network));
    if (!strings(host, "NetworkAliases").empty())
      throw base::field_error("HostConfig.NetworkAliases", "requires a bridge network");
    return {};
  }
  std::vector<attachment> attachments{attachment_of(host, spec.network)};
  for (const auto& options : others) {
    attachments.push_back(attachment_of(options, options.at("NetworkMode")));
    if (std::ranges::count(attachments, attachments.back().network,
                           &attachment::network) > 1)
      throw base::field_error(
          "HostConfig.NetworkMode",
          fmt::format("{} is given twice", attachments.back().network));
  }
  return attachments;
}

json json_of(const attachment& attachment) {
  return {{"NetworkMode", attachment.network},
          {"NetworkAliases", attachment.aliases},
          {"Address", attachment.address ? attachment.address->text() : ""},
          {"MacAddress", attachment.hardware}};
}

// Returns container.json with its networks replaced by `attachments`.
stored_spec with_networks(const std::string& container_json,
                          const std::vector<attachment>& attachments) {
  auto from = base::parse_own<json>(container_json, "container.json");
  json& host = from.at("HostConfig");
  host.update(json_of(attachments.empty() ? attachment{"none"} : attachments.front()));
  json others = json::array();
  for (std::size_t i = 1; i < attachments.size(); ++i)
    others.push_back(json_of(attachments[i]));
  host["MoreNetworks"] = others;
  return stored(from);
}

// Returns the name under which a container's spec stores the network.
std::string stored_name(const std::string& network) {
  if (!container_in(network).empty()) return network;
  return network::is_built_in(network) ? network_from_docker(network)
                                       : network::find(network).name;
}

void put_network_name(std::string_view, const std::string& text, json& target) {
  target = stored_name(text);
}

using enum kind;

// The options of --network: "name=web,alias=db,ip=10.80.0.7,mac-address=…".
constexpr field network_options[]{
    {"name", 0, text, "/NetworkMode", "", "", nullptr, put_network_name},
    {"alias", 0, list, "/NetworkAliases"},
    {"ip", 0, text, "/Address"},
    {"mac-address", 0, text, "/MacAddress"}};

json parse_network(const std::string& text) {
  if (text.find('=') == std::string::npos) return {{"NetworkMode", stored_name(text)}};
  json settings;
  put_options(fmt::format("HostConfig.NetworkMode {}: ", text), text, network_options,
              settings);
  if (!settings.contains("NetworkMode"))
    throw base::field_error("HostConfig.NetworkMode",
                            fmt::format("{}: no network name", text),
                            "write name=NETWORK[,alias=,ip=,mac-address=]");
  return settings;
}

// Puts a network into HostConfig. The settings of the first network go into HostConfig
// itself, like --ip, --mac-address and --network-alias, and those of the others into
// MoreNetworks.
void put_network(std::string_view, const std::string& text, json& host) {
  json settings = parse_network(text);
  if (host.contains("NetworkMode")) return host["MoreNetworks"].push_back(settings);
  for (const auto& [key, value] : settings.items())
    if (host.contains(key))
      throw base::field_error(
          "HostConfig.NetworkMode",
          fmt::format(
              "{}: option also given by HostConfig.Address, HostConfig.MacAddress or "
              "HostConfig.NetworkAliases",
              text));
  host.update(settings);
}

void put_ports(std::string_view, const std::string& text, json& target) {
  for (const auto& port : network::parse_ports(text))
    target[port.inner()].push_back(
        {{"HostIp", port.host}, {"HostPort", port.host_ports()}});
}

void read_ports(const json& values, container_spec& to) {
  for (const auto& [inner, bindings] : values.items())
    for (const auto& binding : bindings)
      to.ports.push_back(
          network::make_binding(inner, value<std::string>(binding, "HostIp", ""),
                                value<std::string>(binding, "HostPort", "")));
}

void put_exposed(std::string_view, const std::string& text, json& target) {
  for (const auto& port : network::parse_exposed(text)) target[port] = json::object();
}

void read_exposed(const json& values, container_spec& to) {
  for (const auto& [port, nothing] : values.items()) to.exposed.push_back(port);
}

// Publishes the exposed ports, for --publish-all.
void publish_exposed(container_spec& to) {
  for (const auto& port : to.exposed) {
    const auto binding = network::make_binding(port, "", "");
    if (std::ranges::find(to.ports, binding.inner(), &network::port_binding::inner) ==
        to.ports.end())
      to.ports.push_back(binding);
  }
}

void read_hosts(const json& values, container_spec& to) {
  for (const std::string host : values) to.hosts.push_back(parse_host(host));
}

constexpr field network_fields[]{
    {"--ip", 0, text, "/HostConfig/Address", "IPv4 address (e.g. 10.79.0.7)"},
    {"--mac-address", 0, text, "/HostConfig/MacAddress", "container MAC address"},
    {"--network-alias", 0, list, "/HostConfig/NetworkAliases",
     "add a DNS name on the network"},
    {"--network", 0, list, "/HostConfig",
     "connect to bridge, none, host, NAME or container:NAME", "", nullptr, put_network,
     "HostConfig.NetworkMode"},
    {"--net", 0, list, "/HostConfig", "same as --network", "", nullptr, put_network},
    {"", 0, text, "/HostConfig/NetworkMode", "", R"("default")",
     into<&container_spec::network>},
    {"--publish", 'p', list, "/HostConfig/PortBindings",
     "publish ports to the host: [HOST_IP:]PORT:PORT[/udp]", "{}", read_ports, put_ports},
    {"--publish-all", 'P', toggle, "/HostConfig/PublishAllPorts",
     "publish all exposed ports to random ports", "false"},
    {"--expose", 0, list, "/ExposedPorts", "expose a port or a range of ports", "",
     read_exposed, put_exposed},
    {"--add-host", 0, list, "/HostConfig/ExtraHosts",
     "add a host-to-IP mapping: NAME:IP or NAME:host-gateway", "null", read_hosts},
    {"--link", 0, list, "/HostConfig/Links",
     "add a link to another container: NAME[:ALIAS]", "null"},
    {"--dns", 0, list, "/HostConfig/Dns", "DNS server", "[]",
     into<&container_spec::names, &resolv_conf::servers>},
    {"--dns-search", 0, list, "/HostConfig/DnsSearch", "DNS search domain", "[]",
     into<&container_spec::names, &resolv_conf::search>},
    {"--dns-option", 0, list, "/HostConfig/DnsOptions", "DNS option, see resolv.conf(5)",
     "[]", into<&container_spec::names, &resolv_conf::options>},
    {"--dns-opt", 0, list, "/HostConfig/DnsOptions", "same as --dns-option"},
    {"--ip6", 0, unsupported},
    {"--link-local-ip", 0, unsupported},
    {"--net-alias", 0, unsupported}};

void finish_network(const json& request, container_spec& to) {
  const json host = object(request, "HostConfig");
  require_own_network(host, to);
  to.networks = networks_of(host, to);
  if (value(host, "PublishAllPorts", false)) publish_exposed(to);
  for (const auto& link : strings(host, "Links")) {
    if (!to.on_bridge())
      throw base::field_error("HostConfig.Links",
                              fmt::format("{}: requires a bridge network", link),
                              "a link is a name on a bridge network");
    to.hosts.push_back(parse_link(link));
  }
  for (const auto& server : to.names.servers) require_address("HostConfig.Dns", server);
  for (const auto& domain : to.names.search) require_word("HostConfig.DnsSearch", domain);
  for (const auto& option : to.names.options)
    require_word("HostConfig.DnsOptions", option);
}

}  // namespace

constinit const subject network_subject{network_fields, finish_network};

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

stored_spec with_network(const std::string& container_json, const attachment& added) {
  const container_spec spec = parse_spec(container_json);
  if (!spec.on_bridge() && spec.network != "none")
    throw usage_error(fmt::format(
        "a container with HostConfig.NetworkMode {} can't join other networks",
        spec.network));
  if (spec.is_on(added.network))
    throw usage_error(fmt::format("the container is already connected to network {}",
                                  network_for_docker(added.network)));
  auto attachments = spec.networks;
  attachments.push_back(added);
  return with_networks(container_json, attachments);
}

stored_spec without_network(const std::string& container_json,
                            const std::string& network) {
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
  return base::json_text(json_of(attachment));
}

attachment parse_attachment(const std::string& json_text) {
  const auto from = base::parse_own<json>(json_text, "the request");
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
                      "expected HostConfig.Links NAME or HostConfig.Links NAME:ALIAS");
  return {alias, std::string(link_prefix) + name};
}

}  // namespace zoomin::container
