// SPDX-License-Identifier: MIT
#include "network/anti_spoofing.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <sstream>

#include "02-net/nft.hpp"
#include "02-net/query/ruleset.hpp"
#include "common/paths.hpp"
#include "common/sys.hpp"

namespace zoomin::network {

using namespace sys;

namespace {

std::string table_of(const std::string& init) { return "netdev pin" + init; }

// Returns the directory of the records. It has a file for each container with rules,
// which the container's monitor locks, with a line for each of the container's ports.
std::string directory() { return run_directory() + "/pins"; }
std::string record_of(const std::string& init) {
  return fmt::format("{}/{}.lock", directory(), init);
}

// Returns the commands that add the rules for one port. `chain` is a line of the record.
std::vector<nft::command> commands(const std::string& init, const std::string& chain) {
  return {{{"pin.table"_id, "the container may create raw packets"},
           fmt::format("add table {}", table_of(init))},
          {{"pin"_id, "only with its own addresses"}, chain}};
}

// Restores the rules in a record. A port that no longer exists needs no rules.
void restore(const std::string& init, const std::string& record) {
  std::istringstream lines(record);
  for (std::string chain; std::getline(lines, chain);)
    nft::run_unless(ENOENT, commands(init, chain));
}

// Returns the rules of a chain. They allow the sender address 0.0.0.0 in ARP packets,
// because ARP probes have it, RFC 5227.
std::string rules_for(const permitted_sender& sender) {
  return fmt::format(
      "ether saddr {0} ip saddr {1} accept; "
      "ether saddr {0} arp saddr ether {0} arp saddr ip {{ 0.0.0.0, {1} }} accept; ",
      sender.hardware, sender.own.text());
}

}  // namespace

bool can_forge(const std::vector<std::string>& capabilities) {
  return std::ranges::any_of(capabilities, [](const std::string& capability) {
    return capability == "CAP_NET_RAW" || capability == "CAP_NET_ADMIN";
  });
}

void anti_spoofing::add(const std::string& port, const permitted_sender& sender) {
  const auto init = std::to_string(init_);
  if (!record_) {
    make_directory(quiet, run_directory(), 0700);
    make_directory(quiet, directory(), 0700);
    record_ = net::lock_file(record_of(init));
    record_.lock();
  }
  const auto chain = fmt::format(
      "add chain {} {} {{ type filter hook ingress device \"{}\" priority filter; policy "
      "drop; {}}}",
      table_of(init), port, port, rules_for(sender));
  record_.write(record_.content() + chain + "\n");
  nft::run(commands(init, chain));
}

anti_spoofing::~anti_spoofing() {
  if (!record_) return;
  try {
    remove_anti_spoofing(init_);
  } catch (const std::exception& failure) {
    narration::warn(
        fmt::format("anti-spoofing rules of process {}: {}", init_, failure.what()));
  }
}

void remove_anti_spoofing(pid_t init) {
  const auto pid = std::to_string(init);
  ::unlink(record_of(pid).c_str());
  if (!nft::has_table(table_of(pid))) return;
  nft::run_unless(ENOENT, {{{"pin.end"_id, "the container has ended"},
                            fmt::format("delete table {}", table_of(pid))}});
}

void restore_anti_spoofing() {
  if (!exists(directory())) return;
  const auto files = list_directory(directory());
  if (files.empty()) return;
  const auto tables = nft::tables();
  for (const auto& name : files) try {
      const auto init = name.substr(0, name.find('.'));
      if (tables.contains(table_of(init))) continue;
      net::lock_file record(record_of(init));
      if (!record.try_lock()) restore(init, record.content());  // its monitor runs
    } catch (const std::exception& failure) {
      narration::warn(fmt::format("anti-spoofing rules {}: {}", name, failure.what()));
    }
}

}  // namespace zoomin::network
