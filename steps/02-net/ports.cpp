// SPDX-License-Identifier: MIT
#include "02-net/ports.hpp"

#include <fmt/format.h>

#include <charconv>

#include "common/error.hpp"

namespace zoomin::net {

namespace {

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, bad] = std::from_chars(text.data(), end, value);
  if (bad != std::errc() || stopped != end || value == 0) return std::nullopt;
  return value;
}

// Cuts the part after the last `mark` off `text`, and returns it. Empty if there is none.
std::optional<std::string> cut_last(std::string& text, char mark) {
  const auto at = text.rfind(mark);
  if (at == std::string::npos) return std::nullopt;
  std::string tail = text.substr(at + 1);
  text.resize(at);
  return tail;
}

}  // namespace

const char* published_port::protocol_text() const {
  return over == protocol::tcp ? "tcp" : "udp";
}

std::string published_port::text() const {
  const auto last = last_host_port == 0 ? "" : fmt::format("-{}", last_host_port);
  return fmt::format("{}{}{}:{}/{}", host ? host->text() + ":" : "", host_port, last,
                     container_port, protocol_text());
}

std::string published_port::outer() const {
  const auto last = last_host_port == 0 ? "" : fmt::format("-{}", last_host_port);
  return fmt::format("{}:{}{}", host.value_or(address{}).text(), host_port, last);
}

const char* published_port::map() const { return host ? "ports_at" : "ports"; }

std::string published_port::key() const {
  const std::string port = fmt::format("{} . {}", protocol_text(), host_port);
  return host ? fmt::format("{} . {}", host->text(), port) : port;
}

published_port published_port::of_key(const std::string& key) {
  published_port found;
  const auto number = key.rfind(' '), dot = key.find(" . ");
  found.host_port = parse_port(key.substr(number + 1)).value_or(0);
  found.over = key.find("udp") == std::string::npos ? protocol::tcp : protocol::udp;
  found.host = parse_address(key.substr(0, dot));
  return found;
}

std::string published_port::element(address container) const {
  return fmt::format("{} : {} . {}", key(), container.text(), container_port);
}

published_port parse_published_port(const std::string& text) {
  const auto refused = [&](const std::string& why) {
    return usage_error(fmt::format("--publish {}: {}", text, why),
                       "use 8080:80, 127.0.0.1:8080:80 or 5353:53/udp, with ports from 1 "
                       "to 65535");
  };
  published_port result;
  std::string rest = text;
  if (const auto over = cut_last(rest, '/')) {
    if (*over != "tcp" && *over != "udp") throw refused("expected /tcp or /udp");
    result.over = *over == "tcp" ? protocol::tcp : protocol::udp;
  }
  const auto inner = cut_last(rest, ':');
  if (!inner) throw refused("the container's port is missing");
  const auto cut = cut_last(rest, ':');
  const std::string outer = cut.value_or(rest);
  if (cut && !(result.host = parse_address(rest)))
    throw refused(fmt::format("\"{}\" is not an IPv4 address", rest));
  const auto host_port = parse_port(outer), container_port = parse_port(*inner);
  if (!host_port) throw refused(fmt::format("\"{}\" is not a port", outer));
  if (!container_port) throw refused(fmt::format("\"{}\" is not a port", *inner));
  result.host_port = *host_port;
  result.container_port = *container_port;
  if (result.host == address{}) result.host.reset();  // 0.0.0.0: any
  return result;
}

}  // namespace zoomin::net
