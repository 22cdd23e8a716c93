// SPDX-License-Identifier: MIT
#include "network/anti_spoofing.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <sstream>

#include "02-net/coordination/ruleset.hpp"
#include "02-net/nft.hpp"
#include "common/paths.hpp"
#include "common/sys.hpp"

namespace zoomin::network {

using namespace sys;

namespace {

std::string table_of(const std::string& first) { return "netdev pin" + first; }

// The directory holds a file for each container that is pinned, locked by its owner. The
// file has a line for each of its ports.
std::string directory() { return run_directory() + "/pins"; }
std::string file_of(const std::string& first) {
  return fmt::format("{}/{}.lock", directory(), first);
}

// Returns the commands that pin a port. `chain` is a line of the record.
std::vector<nft::command> commands(const std::string& first, const std::string& chain) {
  return {{{"pin-table"_id, "it may make packets of its own"},
           fmt::format("add table {}", table_of(first))},
          {{"pin"_id, "none in another one's name"}, chain}};
}

// Makes the pins of the record again. A port that is gone meanwhile needs none.
void restore(const std::string& first, const std::string& record) {
  std::istringstream lines(record);
  for (std::string chain; std::getline(lines, chain);)
    nft::run_unless(ENOENT, commands(first, chain));
}

// The address 0.0.0.0 asks whether anybody has one, RFC 5227.
std::string rules_for(const permitted_sender& sender) {
  return fmt::format(
      "ether saddr {0} ip saddr {1} accept; "
      "ether saddr {0} arp saddr ether {0} arp saddr ip {{ 0.0.0.0, {1} }} accept; ",
      sender.hardware, sender.own.text());
}

}  // namespace

bool can_forge(const std::vector<std::string>& capabilities) {
  return std::ranges::any_of(capabilities, [](const std::string& one) {
    return one == "CAP_NET_RAW" || one == "CAP_NET_ADMIN";
  });
}

void anti_spoofing::add(const std::string& port, const permitted_sender& sender) {
  const auto first = std::to_string(first_);
  if (!record_) {
    make_directory(quiet, run_directory(), 0700);
    make_directory(quiet, directory(), 0700);
    record_ = net::lock_file(file_of(first));
    record_.lock();
  }
  const auto chain = fmt::format(
      "add chain {} {} {{ type filter hook ingress device \"{}\" priority filter; policy "
      "drop; {}}}",
      table_of(first), port, port, rules_for(sender));
  record_.write(record_.content() + chain + "\n");
  nft::run(commands(first, chain));
}

anti_spoofing::~anti_spoofing() {
  if (!record_) return;
  try {
    remove_anti_spoofing(first_);
  } catch (const std::exception& failure) {
    narration::warn(fmt::format("pins of {}: {}", first_, failure.what()));
  }
}

void remove_anti_spoofing(pid_t first) {
  const auto text = std::to_string(first);
  ::unlink(file_of(text).c_str());
  if (!nft::has_table(table_of(text))) return;
  nft::run_unless(ENOENT, {{{"pin-table-back"_id, "nobody is left"},
                            fmt::format("delete table {}", table_of(text))}});
}

void restore_anti_spoofing() {
  if (!exists(directory())) return;
  const auto files = list_directory(directory());
  if (files.empty()) return;
  const auto tables = nft::tables();
  for (const auto& name : files) try {
      const auto first = name.substr(0, name.find('.'));
      if (tables.contains(table_of(first))) continue;
      net::lock_file record(file_of(first));
      if (!record.try_lock()) restore(first, record.content());  // its owner lives
    } catch (const std::exception& failure) {
      narration::warn(fmt::format("pins {}: {}", name, failure.what()));
    }
}

}  // namespace zoomin::network
