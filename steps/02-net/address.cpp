// SPDX-License-Identifier: MIT
#include "02-net/address.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
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

// Implements FNV-1a, which spreads ids that differ in one digit over the whole range.
std::uint32_t hash(std::string_view text) {
  std::uint32_t value = 2166136261;
  for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 16777619;
  return value;
}

// Returns why no container can have this address. Empty if one can.
std::string refusal(const subnet& pool, address own) {
  if (!pool.contains(own)) return fmt::format("not in {}", pool.text());
  if (own == pool.network) return fmt::format("the address of {} itself", pool.text());
  if (own == pool.broadcast())
    return fmt::format("the broadcast address of {}", pool.text());
  if (own == pool.gateway()) return "the gateway, the bridge's own address";
  return {};
}

// Returns the address number `index`, from 0, that a container can have.
address container_address(const subnet& pool, std::uint32_t index) {
  const address own{pool.network.number + 1 + index};
  return own < pool.gateway() ? own : address{own.number + 1};
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

subnet parse_subnet(const std::string& text) {
  const auto refused = [&](const std::string& why) {
    return usage_error(fmt::format("--subnet {}: {}", text, why),
                       "use an unused network of 4 addresses or more, like 10.80.0.0/16");
  };
  const auto slash = std::min(text.find('/'), text.size());
  const auto network = parse_address(text.substr(0, slash));
  if (!network || slash == text.size()) throw refused("not a network");
  const auto prefix = parse_number(text.substr(slash + 1), 32);
  if (!prefix) throw refused("not a network");
  if (*prefix < 8 || *prefix > 30) throw refused("the prefix must be 8 to 30");
  const subnet result{*network, static_cast<int>(*prefix)};
  const address first{network->number & result.mask()};
  if (first != *network)
    throw refused(fmt::format("use {}/{}, its first address", first.text(), *prefix));
  if (first.number >> 24 == 127 || first.number >> 24 == 0 || first.number >> 28 >= 14)
    throw refused("reserved addresses");
  return result;
}

subnet with_gateway(subnet pool, const std::string& text) {
  const auto gateway = parse_address(text);
  pool.gateway_offset = 0;  // none yet
  const std::string why = gateway ? refusal(pool, *gateway) : "not an IPv4 address";
  if (!why.empty()) throw usage_error(fmt::format("--gateway {}: {}", text, why));
  pool.gateway_offset = gateway->number - pool.network.number;
  return pool;
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

subnet parse_range(const std::string& text, const subnet& pool) {
  const auto refused = [&](const std::string& why) {
    return usage_error(fmt::format("--ip-range {}: {}", text, why),
                       fmt::format("expected a part of {}", pool.text()));
  };
  const auto slash = std::min(text.find('/'), text.size());
  const auto first = parse_address(text.substr(0, slash));
  const auto prefix = parse_number(text.substr(std::min(slash + 1, text.size())), 32);
  if (!first || slash == text.size() || !prefix) throw refused("not a network");
  const subnet range{{first->number}, static_cast<int>(*prefix)};
  if ((first->number & range.mask()) != first->number || range.prefix < pool.prefix ||
      !pool.contains(*first))
    throw refused(fmt::format("not a network within {}", pool.text()));
  if (range.size() <= 4 && !is_for_container(pool, candidate_in(range, "", 0)) &&
      !is_for_container(pool, candidate_in(range, "", 1)) &&
      !is_for_container(pool, candidate_in(range, "", 2)))
    throw refused("contains no address for a container");
  return range;
}

bool is_for_container(const subnet& pool, address address) {
  return refusal(pool, address).empty();
}

address candidate_in(const subnet& range, std::string_view id, std::uint32_t attempt) {
  const std::uint64_t start = hash(id);
  return {range.network.number +
          static_cast<std::uint32_t>((start + attempt) % range.size())};
}

address candidate(const subnet& pool, std::string_view id, std::uint32_t attempt) {
  const std::uint64_t start = hash(id);
  const auto index = static_cast<std::uint32_t>((start + attempt) % pool.room());
  return container_address(pool, index);
}

std::string hardware_address(address address) {
  return fmt::format("02:7a:{:02x}:{:02x}:{:02x}:{:02x}", address.number >> 24,
                     address.number >> 16 & 255, address.number >> 8 & 255,
                     address.number & 255);
}

std::string parse_hardware_address(const std::string& text) {
  constexpr std::string_view form = "00:00:00:00:00:00";
  std::string result;
  for (std::size_t at = 0; at < form.size() && text.size() == form.size(); ++at) {
    const auto c = static_cast<unsigned char>(text[at]);
    if (form[at] == '0' ? std::isxdigit(c) == 0 : c != ':') return {};
    result += static_cast<char>(std::tolower(c));
  }
  const bool is_group =
      !result.empty() && std::stoi(result.substr(0, 2), nullptr, 16) % 2 == 1;
  return is_group || result == form ? std::string() : result;
}

}  // namespace zoomin::net
