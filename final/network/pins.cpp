// SPDX-License-Identifier: MIT
#include "network/pins.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "02-net/nft.hpp"
#include "common/call.hpp"

namespace zoomin::network {

using namespace sys;

namespace {

std::string table_of(pid_t first) { return fmt::format("netdev pin{}", first); }

// The address 0.0.0.0 asks whether anybody has one, RFC 5227.
std::string rules_for(const sender& who) {
  return fmt::format(
      "ether saddr {0} ip saddr {1} accept; "
      "ether saddr {0} arp saddr ether {0} arp saddr ip {{ 0.0.0.0, {1} }} accept; ",
      who.hardware, who.own.text());
}

}  // namespace

bool can_forge(const std::vector<std::string>& capabilities) {
  return std::ranges::any_of(capabilities, [](const std::string& one) {
    return one == "CAP_NET_RAW" || one == "CAP_NET_ADMIN";
  });
}

void pins::add(const std::string& port, const sender& who) {
  nft::run({{{"pin-table"_id, "it may make packets of its own"},
             fmt::format("add table {}", table_of(first_))},
            {{"pin"_id, "none in another one's name"},
             fmt::format("add chain {} {} {{ type filter hook ingress device \"{}\" "
                         "priority filter; policy drop; {}}}",
                         table_of(first_), port, port, rules_for(who))}});
  made_ = true;
}

pins::~pins() {
  if (!made_) return;
  try {
    remove_pins(first_);
  } catch (const std::exception& failure) {
    narration::warn(fmt::format("{}: {}", table_of(first_), failure.what()));
  }
}

void remove_pins(pid_t first) {
  nft::run_unless(ENOENT, {{{"pin-table-back"_id, "nobody is left"},
                            fmt::format("delete table {}", table_of(first))}});
}

}  // namespace zoomin::network
