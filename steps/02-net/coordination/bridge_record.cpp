// SPDX-License-Identifier: MIT
#include "02-net/coordination/bridge_record.hpp"

#include <fmt/format.h>

#include <sstream>

#include "common/paths.hpp"
#include "common/sys.hpp"

namespace zoomin::net {

std::string directory_of(const network& net) { return run_directory() + "/" + net.name; }

bridge_record bridge_record::parse(const std::string& text) {
  bridge_record result;
  std::istringstream words(text);
  std::string kind, last;
  words >> result.pool >> kind >> last >> result.table >> result.rules >> result.warned;
  result.internal = kind == "internal";
  result.stays = last == "stays";
  return result;
}

std::string bridge_record::text() const {
  if (pool.empty()) return {};
  return fmt::format("{} {} {} {} {} {}\n", pool, internal ? "internal" : "open",
                     stays ? "stays" : "leaves", table, rules, warned);
}

std::string record_file(const std::string& bridge) {
  return fmt::format("{}/{}/bridge.members.lock", run_directory(), bridge);
}

bridge_record record_of(const std::string& bridge) {
  const auto file = record_file(bridge);
  return sys::exists(file) ? bridge_record::parse(sys::read_stored(file))
                           : bridge_record{};
}

}  // namespace zoomin::net
