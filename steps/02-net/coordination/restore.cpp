// SPDX-License-Identifier: MIT
#include "02-net/coordination/restore.hpp"

#include <fmt/format.h>

#include <functional>
#include <map>
#include <sstream>
#include <string_view>

#include "02-net/coordination/conntrack.hpp"
#include "02-net/coordination/firewall.hpp"
#include "02-net/coordination/ruleset.hpp"
#include "02-net/link.hpp"
#include "02-net/nft_rules.hpp"
#include "02-net/publish.hpp"
#include "common/paths.hpp"
#include "common/sys.hpp"

namespace zoomin::net {

using namespace sys;

namespace {

constexpr std::string_view members_file = "/bridge.members.lock";

std::string table_name(const std::string& bridge) { return "ip " + bridge; }

// Returns the file of route_localnet, which lets the host's 127.0.0.1:PORT lead into the
// network. It is on only while the table's guard exists; otherwise each container could
// reach the services that the host offers only to itself.
std::string route_localnet(const network& net) {
  return fmt::format("/proc/sys/net/ipv4/conf/{}/route_localnet", net.name);
}

void close_loopback(const network& net) {
  const auto file = route_localnet(net);
  if (exists(file) && read_file(file).front() != '0')
    write_file({"route-localnet-off"_id, "not without loopback_guard"}, file, "0");
}

bridge_record record_of(const std::string& bridge) {
  const auto file = run_directory() + "/" + bridge + std::string(members_file);
  return exists(file) ? bridge_record::parse(read_stored(file)) : bridge_record{};
}

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

// Returns the records of running containers' published ports, in one text.
std::string ports_of_members(const network& net) {
  std::string result;
  const auto directory = publish_directory(net);
  for (const auto& name : list_directory(directory)) {
    lock_file record(directory + "/" + name);
    if (!record.try_lock()) result += record.content();  // its owner is alive
  }
  return result;
}

// Returns the commands that add these ports to the table.
std::vector<nft::command> rules_for(const network& net, const std::string& ports) {
  std::vector<nft::command> commands;
  std::istringstream lines(ports);
  for (std::string map, element; lines >> map && std::getline(lines >> std::ws, element);)
    commands.push_back({{"publish"_id, "a host port leads to the container"},
                        element_command(net, "add", map, element)});
  return commands;
}

// Restores a lost table. It holds the door lock, so that the record can't change.
void restore(const std::string& bridge) {
  const std::string path = run_directory() + "/" + bridge;
  lock_file door(path + "/bridge.door.lock");
  door.lock();
  const auto known = record_of(bridge);
  if (!is_lost(known, nft::tables(), bridge)) return;
  lock_file record(path + std::string(members_file));
  make_table({.name = bridge,
              .pool = parse_subnet(known.pool),
              .internal = known.internal,
              .stays = known.stays},
             record);
}

}  // namespace

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

void remove_table(const network& net) {
  close_loopback(net);
  firewall::close(net.name);
  if (nft::tables().contains(table_name(net.name)))
    nft::run(
        {{{"remove-table"_id, "with all its rules"}, "delete table ip " + net.name}});
}

void make_table(const network& net, lock_file& record) {
  remove_table(net);
  auto commands = table_of(net.name, net.pool.text(), net.internal);
  const auto ports = ports_of_members(net);
  for (auto& command : rules_for(net, ports)) commands.push_back(std::move(command));
  nft::run(commands);
  conntrack::forget(ports_in(ports));  // flows that began while there was no table
  write_file({"route-localnet"_id, "the host's 127.0.0.1:PORT can lead here"},
             route_localnet(net), "1");
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
