// SPDX-License-Identifier: MIT
#include "02-net/coordination/forwarding.hpp"

#include <string>

#include "02-net/coordination/firewall.hpp"
#include "common/sys.hpp"

namespace zoomin::net {

using namespace sys;

namespace {

constexpr const char* ip_forward = "/proc/sys/net/ipv4/ip_forward";

// If Docker is started later, it finds forwarding on, needs it, and doesn't turn it on
// itself. Then it must not be turned off.
constexpr const char* was_off = "off";
constexpr const char* was_off_beside_docker = "off, with Docker there";

}  // namespace

void turn_on_forwarding(lock_file& record) {
  if (read_file(ip_forward).front() != '0') return;
  record.write(firewall::has_docker() ? was_off_beside_docker : was_off);
  try {
    write_file({"forward"_id, "the host forwards packets"}, ip_forward, "1");
  } catch (...) {
    record.write({});
    throw;
  }
}

void put_back_forwarding(lock_file& record) {
  const std::string before = record.content();
  if (before.empty()) return;
  if (before == was_off_beside_docker || !firewall::has_docker())
    write_file({"forward-back"_id, "as it was before"}, ip_forward, "0");
  record.write({});
}

}  // namespace zoomin::net
