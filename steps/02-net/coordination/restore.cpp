// SPDX-License-Identifier: MIT
#include "02-net/coordination/restore.hpp"

#include <fmt/format.h>

#include <functional>
#include <map>

#include "02-net/coordination/conntrack.hpp"
#include "02-net/coordination/firewall.hpp"
#include "02-net/coordination/published_ports.hpp"
#include "02-net/link.hpp"
#include "02-net/nft_rules.hpp"
#include "02-net/query/ruleset.hpp"
#include "common/paths.hpp"
#include "common/sys.hpp"

namespace zoomin::net {

using namespace sys;

namespace {

std::string table_name(const std::string& bridge) { return "ip " + bridge; }

// Returns whether there was a warning about the chain. One is enough, since its advice
// holds for all networks.
bool was_warned(const std::string& chain) {
  for (const auto& name : list_directory(run_directory()))
    if (record_of(name).warned.find(chain) != std::string::npos) return true;
  return false;
}

bool is_lost(const bridge_record& record,
             const std::map<std::string, std::uint64_t>& tables,
             const std::string& bridge) {
  if (record.pool.empty() || record.table == 0) return false;
  const auto found = tables.find(table_name(bridge));
  return (found == tables.end() || found->second != record.table) &&
         links::index(bridge) != 0;
}

// Returns a digest of the rules that a new table has.
std::uint64_t digest_of_rules(const network& net) {
  std::string text;
  for (const auto& command : table_of(net.name, net.pool.text(), net.internal))
    text += command.text + "\n";
  return std::hash<std::string>()(text);
}

// Restores a lost table. It holds the door lock, so that the record can't change.
void restore(const std::string& bridge) {
  lock_file door(run_directory() + "/" + bridge + "/bridge.door.lock");
  door.lock();
  const auto known = record_of(bridge);
  if (!is_lost(known, nft::tables(), bridge)) return;
  lock_file record(record_file(bridge));
  renew_table({.name = bridge,
               .pool = parse_subnet(known.pool),
               .internal = known.internal,
               .stays = known.stays},
              record);
}

}  // namespace

std::vector<std::string> lost_tables() {
  std::vector<std::string> result;
  if (!exists(run_directory())) return result;
  std::map<std::string, bridge_record> known;
  for (const auto& name : list_directory(run_directory()))
    if (auto record = record_of(name); !record.pool.empty()) known[name] = record;
  if (known.empty()) return result;
  const auto tables = nft::tables();
  for (const auto& [name, record] : known)
    if (is_lost(record, tables, name)) result.push_back(name);
  return result;
}

void restore_lost_tables(const std::string& own) {
  for (const auto& bridge : lost_tables()) try {
      restore(bridge);
    } catch (const std::exception& failure) {
      if (bridge == own) throw;
      narration::warn(
          fmt::format("can't restore the rules of {}: {}", bridge, failure.what()));
    }
}

std::vector<std::string> close_lost() {
  auto result = lost_tables();
  for (const auto& bridge : result) close_loopback({.name = bridge});
  return result;
}

bool has_its_table(const network& net, const bridge_record& known) {
  const auto tables = nft::tables();
  const auto found = tables.find(table_name(net.name));
  return (found == tables.end() ? 0 : found->second) == known.table &&
         known.rules == digest_of_rules(net);
}

void clear_table(const network& net) {
  close_loopback(net);
  firewall::close(net.name);
  if (nft::has_table(table_name(net.name))) remove_table(net);
}

void renew_table(const network& net, lock_file& record) {
  clear_table(net);
  const auto ports = records_of_living(net);
  make_table(net, elements_in(net, ports));
  conntrack::forget(ports_in(ports));  // flows that began while there was no table
  bridge_record made{.pool = net.pool.text(),
                     .internal = net.internal,
                     .stays = net.stays,
                     .rules = digest_of_rules(net)};
  if (const auto tables = nft::tables(); tables.contains(table_name(net.name)))
    made.table = tables.at(table_name(net.name));
  made.warned = firewall::open(net.name, was_warned);
  record.write(made.text());
}

void open_firewalls(const network& net, lock_file& record) {
  auto known = bridge_record::parse(record.content());
  const auto before = known.text();
  known.stays = known.stays || net.stays;
  known.warned = firewall::open(net.name, was_warned);
  if (known.text() != before) record.write(known.text());
}

}  // namespace zoomin::net
