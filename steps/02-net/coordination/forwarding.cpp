// SPDX-License-Identifier: MIT
#include "02-net/coordination/forwarding.hpp"

#include <string>

#include "02-net/coordination/firewall.hpp"
#include "02-net/net.hpp"

namespace zoomin::net {

namespace {

// If Docker is started later, it finds forwarding on, needs it, and doesn't turn it on
// itself. Then it must not be turned off.
constexpr const char* was_off = "off";
constexpr const char* was_off_beside_docker = "off, with Docker there";

}  // namespace

void turn_on_forwarding(lock_file& record) {
  if (forwards_packets()) return;
  record.write(firewall::has_docker() ? was_off_beside_docker : was_off);
  try {
    forward_packets();
  } catch (...) {
    record.write({});
    throw;
  }
}

void put_back_forwarding(lock_file& record) {
  const std::string before = record.content();
  if (before.empty()) return;
  if (before == was_off_beside_docker || !firewall::has_docker()) stop_forwarding();
  record.write({});
}

}  // namespace zoomin::net
