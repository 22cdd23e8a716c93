// SPDX-License-Identifier: MIT
// dns_message: parses DNS questions and builds answers, as container names need them, RFC
// 1035. Pure. Messages may be hostile.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "02-net/address.hpp"

namespace zoomin::dns {

constexpr std::uint16_t type_a = 1, type_aaaa = 28, type_ptr = 12, type_any = 255;
constexpr std::size_t longest = 512;             // UDP without EDNS
constexpr std::size_t longest_over_tcp = 65535;  // RFC 1035, 4.2.2

enum class code : std::uint8_t { fine = 0, damaged = 1, failed = 2, no_such_name = 3 };

struct question {
  std::string name;  // "db.example", without the final dot
  std::uint16_t type = 0;
  std::size_t end = 0;  // where it ends in the message
};

// Parses a message with one question of class IN. Returns nothing for any other message.
std::optional<question> parse(std::string_view message);

// Returns a response with the addresses (type A), which may be none. If they don't all
// fit into `max_bytes` bytes, the response is marked as truncated, so that the client
// asks again over TCP.
std::string answer(std::string_view message, const question& question, code code,
                   const std::vector<net::address>& addresses = {},
                   std::size_t max_bytes = longest);

}  // namespace zoomin::dns
