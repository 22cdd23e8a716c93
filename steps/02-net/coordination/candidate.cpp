// SPDX-License-Identifier: MIT
#include "02-net/coordination/candidate.hpp"

namespace zoomin::net {

namespace {

// Implements FNV-1a, which spreads ids that differ in one digit over the whole range.
std::uint32_t hash(std::string_view text) {
  std::uint32_t value = 2166136261;
  for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 16777619;
  return value;
}

}  // namespace

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

}  // namespace zoomin::net
