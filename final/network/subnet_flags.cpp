// SPDX-License-Identifier: MIT
#include "network/subnet_flags.hpp"

#include <fmt/format.h>

#include <cctype>
#include <string_view>

#include "common/error.hpp"

namespace zoomin::network {

net::subnet with_gateway(net::subnet pool, const std::string& text) {
  const auto gateway = net::parse_address(text);
  pool.gateway_offset = 0;  // none yet
  const std::string why = gateway ? net::refusal(pool, *gateway) : "not an IPv4 address";
  if (!why.empty()) throw usage_error(fmt::format("--gateway {}: {}", text, why));
  pool.gateway_offset = gateway->number - pool.network.number;
  return pool;
}

net::subnet parse_range(const std::string& text, const net::subnet& pool) {
  const auto refused = [&](const std::string& why) {
    return usage_error(fmt::format("--ip-range {}: {}", text, why),
                       fmt::format("expected a part of {}", pool.text()));
  };
  const auto range = net::parse_network(text);
  if (!range) throw refused("not a network");
  const auto first = range->network.number;
  if ((first & range->mask()) != first || range->prefix < pool.prefix ||
      !pool.contains(range->network))
    throw refused(fmt::format("not a network within {}", pool.text()));
  // A small range may consist only of addresses that no container can have: those of the
  // network, the gateway and the broadcast.
  for (std::uint32_t offset = 0; offset < 4 && offset < range->size(); ++offset)
    if (net::refusal(pool, {first + offset}).empty()) return *range;
  throw refused("contains no address for a container");
}

std::string parse_hardware_address(const std::string& text) {
  constexpr std::string_view form = "00:00:00:00:00:00";
  std::string result;
  for (std::size_t at = 0; at < form.size() && text.size() == form.size(); ++at) {
    const auto c = static_cast<unsigned char>(text[at]);
    if (form[at] == '0' ? std::isxdigit(c) == 0 : c != ':') return {};
    result += static_cast<char>(std::tolower(c));
  }
  const bool is_multicast =
      !result.empty() && std::stoi(result.substr(0, 2), nullptr, 16) % 2 == 1;
  return is_multicast || result == form ? std::string() : result;
}

}  // namespace zoomin::network
