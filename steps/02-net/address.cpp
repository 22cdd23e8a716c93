// SPDX-License-Identifier: MIT
#include "02-net/address.hpp"

#include <fmt/format.h>

#include <charconv>

#include "common/error.hpp"

namespace zoomin::net {

namespace {

// Parses a decimal number up to `most` without leading zeros.
std::optional<std::uint32_t> parse_number(std::string_view text, std::uint32_t most) {
  std::uint32_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, bad] = std::from_chars(text.data(), end, value);
  if (bad != std::errc() || stopped != end || value > most) return std::nullopt;
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  return value;
}

}  // namespace

std::string address::text() const {
  return fmt::format("{}.{}.{}.{}", number >> 24, number >> 16 & 255, number >> 8 & 255,
                     number & 255);
}

std::string subnet::text() const { return fmt::format("{}/{}", network.text(), prefix); }

std::uint32_t subnet::mask() const { return prefix == 0 ? 0 : ~0U << (32 - prefix); }

bool subnet::contains(address address) const {
  return (address.number & mask()) == network.number;
}

bool subnet::overlaps(const subnet& other) const {
  return contains(other.network) || other.contains(network);
}

std::optional<address> parse_address(std::string_view text) {
  address result;
  for (int part = 0; part < 4; ++part) {
    const auto dot = part == 3 ? text.size() : text.find('.');
    if (dot == std::string_view::npos) return std::nullopt;
    const auto number = parse_number(text.substr(0, dot), 255);
    if (!number) return std::nullopt;
    result.number = result.number << 8 | *number;
    text.remove_prefix(part == 3 ? dot : dot + 1);
  }
  return result;
}

std::optional<subnet> parse_network(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto network = parse_address(text.substr(0, slash));
  const auto prefix = parse_number(text.substr(slash + 1), 32);
  if (!network || !prefix) return std::nullopt;
  return subnet{*network, static_cast<int>(*prefix)};
}

subnet parse_subnet(const std::string& text) {
  const auto refused = [&](const std::string& why) {
    return usage_error(fmt::format("--subnet {}: {}", text, why),
                       "use an unused network of 4 addresses or more, like 10.80.0.0/16");
  };
  const auto parsed = parse_network(text);
  if (!parsed) throw refused("not a network");
  const subnet result = *parsed;
  if (result.prefix < 8 || result.prefix > 30)
    throw refused("the prefix must be from 8 to 30");
  const address first{result.network.number & result.mask()};
  if (first != result.network)
    throw refused(
        fmt::format("expected {}/{}, its first address", first.text(), result.prefix));
  if (first.number >> 24 == 127 || first.number >> 24 == 0 || first.number >> 28 >= 14)
    throw refused("these addresses are reserved");
  return result;
}

std::string refusal(const subnet& pool, address own) {
  if (!pool.contains(own)) return fmt::format("not in {}", pool.text());
  if (own == pool.network) return fmt::format("the address of {} itself", pool.text());
  if (own == pool.broadcast())
    return fmt::format("the broadcast address of {}", pool.text());
  if (own == pool.gateway()) return "the gateway, the bridge's own address";
  return {};
}

address container_address(const subnet& pool, std::uint32_t index) {
  const address own{pool.network.number + 1 + index};
  return own < pool.gateway() ? own : address{own.number + 1};
}

address parse_container_address(const std::string& text, const subnet& pool) {
  const auto own = parse_address(text);
  const std::string why = own ? refusal(pool, *own) : "not an IPv4 address";
  if (why.empty()) return *own;
  throw usage_error(
      fmt::format("--ip {}: {}", text, why),
      fmt::format("use an address from {} to {}", container_address(pool, 0).text(),
                  container_address(pool, pool.room() - 1).text()));
}

std::string hardware_address(address address) {
  return fmt::format("02:7a:{:02x}:{:02x}:{:02x}:{:02x}", address.number >> 24,
                     address.number >> 16 & 255, address.number >> 8 & 255,
                     address.number & 255);
}

}  // namespace zoomin::net
