// SPDX-License-Identifier: MIT
// dns_message: the little of the domain name system that names between containers need: a
// question is taken apart and answered, RFC 1035. Pure; what comes in is anybody's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "02-net/address.hpp"

namespace zoomin::dns {

constexpr std::uint16_t type_a = 1, type_aaaa = 28, type_ptr = 12, type_any = 255;
constexpr std::size_t longest = 512;             // of a message over UDP without EDNS
constexpr std::size_t longest_over_tcp = 65535;  // RFC 1035, 4.2.2

enum class code : std::uint8_t { fine = 0, damaged = 1, failed = 2, no_such_name = 3 };

struct question {
  std::string name;  // "db.example", without the dot at its end
  std::uint16_t type = 0;
  std::size_t end = 0;  // of it, in the message
};

// Of a message that asks one thing of the class IN; empty where it is another one, or
// damaged.
std::optional<question> parse(std::string_view message);

// Returns a resolver's answer: the addresses (type A), or none. Where they don't all fit
// into `most` bytes it is marked as truncated, so that the client asks again over TCP.
std::string answer(std::string_view message, const question& question, code how,
                   const std::vector<net::address>& addresses = {},
                   std::size_t most = longest);

}  // namespace zoomin::dns
