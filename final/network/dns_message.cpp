// SPDX-License-Identifier: MIT
#include "network/dns_message.hpp"

#include <algorithm>

namespace zoomin::dns {

namespace {

constexpr std::size_t header = 12, longest_name = 253, longest_label = 63;
constexpr std::uint16_t class_in = 1;
constexpr std::uint32_t ttl_s = 5;  // how long an answer may be cached

std::uint16_t number_at(std::string_view message, std::size_t at) {
  return static_cast<std::uint16_t>(static_cast<unsigned char>(message[at]) << 8 |
                                    static_cast<unsigned char>(message[at + 1]));
}

void put16(std::string& to, std::uint32_t number) {
  to += static_cast<char>(number >> 8 & 0xff);
  to += static_cast<char>(number & 0xff);
}

void put32(std::string& to, std::uint32_t number) {
  put16(to, number >> 16);
  put16(to, number & 0xffff);
}

}  // namespace

// A question's name is never compressed, because there is no earlier name to point to.
std::optional<question> parse(std::string_view message) {
  if (message.size() < header || message.size() > longest * 8) return std::nullopt;
  const auto flags = number_at(message, 2);
  const bool is_query = (flags & 0xf800) == 0;  // not a response, and the opcode is QUERY
  if (!is_query || number_at(message, 4) != 1) return std::nullopt;
  question found;
  std::size_t at = header;
  while (at < message.size() && message[at] != 0) {
    const auto length = static_cast<unsigned char>(message[at]);
    if (length > longest_label || at + 1 + length >= message.size()) return std::nullopt;
    if (!found.name.empty()) found.name += '.';
    found.name += message.substr(at + 1, length);
    if (found.name.size() > longest_name) return std::nullopt;
    at += 1U + length;
  }
  if (at + 5 > message.size() || number_at(message, at + 3) != class_in)
    return std::nullopt;
  found.type = number_at(message, at + 1);
  found.end = at + 5;
  return found;
}

std::string answer(std::string_view message, const question& question, code code,
                   const std::vector<net::address>& addresses, std::size_t max_bytes) {
  constexpr std::uint16_t is_response = 0x8000, recursion_desired = 0x0100,
                          recursion_available = 0x0080, truncated = 0x0200;
  constexpr std::uint16_t to_the_question = 0xc000 | header;  // a compressed name
  constexpr std::size_t record = 16;
  const auto count = std::min(addresses.size(), (max_bytes - header - 260) / record);
  std::string response(message.substr(0, 2));
  put16(response, static_cast<std::uint32_t>(is_response | recursion_available |
                                             (number_at(message, 2) & recursion_desired) |
                                             (count < addresses.size() ? truncated : 0) |
                                             static_cast<std::uint8_t>(code)));
  put16(response, 1);
  put16(response, static_cast<std::uint32_t>(count));
  put32(response, 0);  // no authority records, no additional records
  response += message.substr(header, question.end - header);
  for (std::size_t i = 0; i < count; ++i) {
    put16(response, to_the_question);
    put16(response, type_a);
    put16(response, class_in);
    put32(response, ttl_s);
    put16(response, 4);
    put32(response, addresses[i].number);
  }
  return response;
}

}  // namespace zoomin::dns
