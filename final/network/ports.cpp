// SPDX-License-Identifier: MIT
#include "network/ports.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>

#include "common/error.hpp"
#include "common/text.hpp"

namespace zoomin::network {

namespace {

struct range {
  std::uint16_t first = 0, last = 0;
  [[nodiscard]] unsigned size() const { return last - first + 1U; }
};

[[noreturn]] void refuse(const std::string& setting, const std::string& why) {
  throw usage_error(fmt::format("{}: {}", setting, why),
                    "write 8080:80, 127.0.0.1:8080:80, 8000-8010:80-90 or 5353:53/udp");
}

std::uint16_t parse_port(const std::string& setting, const std::string& digits) {
  const auto port = text::whole_number<std::uint16_t>(digits);
  if (!port) refuse(setting, fmt::format("\"{}\" is not a port", digits));
  return *port;
}

// Parses "80" or "8000-8010". An empty text, and 0, stand for any free port.
range parse_range(const std::string& setting, const std::string& text) {
  if (text.empty()) return {};
  const auto dash = std::min(text.find('-'), text.size());
  const auto first = parse_port(setting, text.substr(0, dash));
  const range ports{
      first, dash == text.size() ? first : parse_port(setting, text.substr(dash + 1))};
  if (ports.first > ports.last)
    refuse(setting,
           fmt::format("{}: the first port of the range is above the last", text));
  return ports;
}

// Removes "/tcp" or "/udp" from the end of the text, and returns the protocol. The
// default is TCP.
net::protocol cut_protocol(const std::string& setting, std::string& text) {
  const auto slash = text.find('/');
  const std::string name = slash == std::string::npos ? "tcp" : text.substr(slash + 1);
  if (name != "tcp" && name != "udp") refuse(setting, "expected /tcp or /udp");
  text.resize(std::min(slash, text.size()));
  return name == "udp" ? net::protocol::udp : net::protocol::tcp;
}

// Removes the part after the last colon from the text, or the whole text if there is no
// colon, and returns it.
std::string cut_last(std::string& text) {
  const auto colon = text.rfind(':');
  std::string tail = text.substr(colon == std::string::npos ? 0 : colon + 1);
  text.resize(colon == std::string::npos ? 0 : colon);
  return tail;
}

void validate(const std::string& setting, const port_binding& binding) {
  in6_addr ignored{};
  if (binding.container_port == 0) refuse(setting, "\"0\" is not a container port");
  if (binding.is_ipv6()) {
    if (::inet_pton(AF_INET6, binding.host.c_str(), &ignored) != 1)
      refuse(setting, fmt::format("\"{}\" is not an IPv6 address", binding.host));
    if (binding.protocol != net::protocol::tcp)
      throw usage_error(setting + ": not supported for IPv6 addresses",
                        "IPv6 addresses support TCP only");
  } else if (!binding.host.empty() && !net::parse_address(binding.host)) {
    refuse(setting, fmt::format("\"{}\" is not an IPv4 address", binding.host));
  }
}

void set_host_ports(port_binding& binding, range outer) {
  binding.host_port = outer.first;
  binding.last_host_port = outer.last > outer.first ? outer.last : std::uint16_t{0};
}

}  // namespace

std::string port_binding::inner() const {
  return fmt::format("{}/{}", container_port, protocol_text());
}

std::string port_binding::host_ports() const {
  if (host_port == 0) return "";
  return last_host_port == 0 ? std::to_string(host_port)
                             : fmt::format("{}-{}", host_port, last_host_port);
}

std::string port_binding::outer() const {
  const auto address = is_ipv6()      ? fmt::format("[{}]", host)
                       : host.empty() ? "0.0.0.0"
                                      : host;
  return fmt::format("{}:{}", address, host_port == 0 ? "0" : host_ports());
}

std::string port_binding::text() const {
  const auto from = host.empty() ? (host_port == 0 ? "0" : host_ports()) : outer();
  return fmt::format("{}:{}", from, inner());
}

std::vector<port_binding> parse_ports(const std::string& text) {
  const std::string setting = "HostConfig.PortBindings " + text;
  port_binding binding;
  std::string rest = text;
  binding.protocol = cut_protocol(setting, rest);
  const range inner = parse_range(setting, cut_last(rest));
  const range outer = parse_range(setting, cut_last(rest));
  const bool first_free = outer.size() > 1 && inner.size() == 1;
  if (outer.first != 0 && outer.size() != inner.size() && !first_free)
    throw usage_error(setting + ": the two port ranges must have the same length");
  const bool brackets = rest.starts_with('[') && rest.ends_with(']');
  binding.host = brackets ? rest.substr(1, rest.size() - 2) : rest;
  if (brackets != binding.is_ipv6())
    refuse(setting, fmt::format("\"{}\" is not an address", rest));
  set_host_ports(binding, first_free ? outer : range{outer.first, outer.first});
  std::vector<port_binding> bindings;
  for (unsigned port = inner.first; port <= inner.last; ++port) {
    binding.container_port = static_cast<std::uint16_t>(port);
    validate(setting, binding);
    bindings.push_back(binding);
    if (!first_free && binding.host_port != 0) ++binding.host_port;
  }
  return bindings;
}

port_binding make_binding(const std::string& inner, const std::string& host,
                          const std::string& host_ports) {
  const std::string setting =
      fmt::format("HostConfig.PortBindings {}:{}:{}", host, host_ports, inner);
  port_binding binding{.host = host};
  std::string port = inner;
  binding.protocol = cut_protocol(setting, port);
  binding.container_port = parse_port(setting, port);
  set_host_ports(binding, parse_range(setting, host_ports));
  validate(setting, binding);
  return binding;
}

std::vector<std::string> parse_exposed(const std::string& text) {
  const std::string setting = "Config.ExposedPorts " + text;
  std::string rest = text;
  port_binding port{.protocol = cut_protocol(setting, rest)};
  const range ports = parse_range(setting, rest);
  if (ports.first == 0) throw usage_error(setting + ": expected PORT[/tcp|/udp]");
  std::vector<std::string> exposed;
  for (unsigned number = ports.first; number <= ports.last; ++number) {
    port.container_port = static_cast<std::uint16_t>(number);
    exposed.push_back(port.inner());
  }
  return exposed;
}

net::published_port to_published(const port_binding& binding) {
  auto host = net::parse_address(binding.host);
  if (host == net::address{}) host.reset();  // 0.0.0.0: any
  return {host, binding.host_port, binding.container_port, binding.protocol,
          binding.last_host_port};
}

port_binding from_published(const net::published_port& port) {
  return {port.host ? port.host->text() : "", port.host_port, port.last_host_port,
          port.container_port, port.over};
}

}  // namespace zoomin::network
