// SPDX-License-Identifier: MIT
// Parses DNS queries of a container. Every query that is parsed can be answered.
#include "fuzz.hpp"
#include "network/dns_message.hpp"

using namespace zoomin;

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string message = fuzz::text_of(bytes, size);
  const auto question = dns::parse(message);
  if (!question) return 0;
  fuzz::require(question->end <= message.size());
  const std::vector<net::address> addresses(size % 64, net::address{0x0a500002});
  for (const auto most : {dns::longest, dns::longest_over_tcp})
    fuzz::require(
        dns::answer(message, *question, dns::code::fine, addresses, most).size() <= most);
  return 0;
}
