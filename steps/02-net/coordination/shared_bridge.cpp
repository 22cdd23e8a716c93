// SPDX-License-Identifier: MIT
#include "02-net/coordination/shared_bridge.hpp"

#include <fmt/format.h>

#include "02-net/coordination/candidate.hpp"
#include "02-net/coordination/forwarding.hpp"
#include "02-net/coordination/restore.hpp"
#include "02-net/link.hpp"
#include "02-net/query/link_list.hpp"
#include "common/paths.hpp"
#include "common/sys.hpp"

namespace zoomin::net {

using namespace sys;

namespace {

std::string forwarding_path() { return run_directory() + "/forwarding"; }
std::string bridge_path(const network& net) { return directory_of(net) + "/bridge"; }

void ensure_directory(const why& reason, const std::string& path) {
  if (!exists(path)) make_directory(reason, path);
}

void refuse_overlap(const network& net) {
  for (const auto& route : routes())
    if (route.to.prefix != 0 && route.device != net.name && route.to.overlaps(net.pool))
      throw usage_error(fmt::format("{} overlaps the route {} dev {}", net.pool.text(),
                                    route.to.text(), route.device),
                        "choose an unused network: --subnet 10.80.0.0/16");
}

void unmake(const network& net, lock_file& record) {
  remove_bridge(net);
  clear_table(net);
  record.write({});
}

void make_all(const network& net, lock_file& record, bool has_link) try {
  if (!has_link) {
    refuse_overlap(net);
    make_bridge(net);
  }
  renew_table(net, record);
} catch (...) {
  unmake(net, record);
  throw;
}

// Makes the bridge and the table. Reuses a bridge that was kept, and a table that is
// still the recorded one, without the elements of killed containers.
void make(const network& net, lock_file& record) {
  const auto was = bridge_record::parse(record.content());
  const bool has_link = was.pool == net.pool.text() && links::index(net.name) != 0;
  reap_dead(net);
  if (has_link && has_its_table(net, was)) return open_firewalls(net, record);
  if (!has_link) unmake(net, record);
  make_all(net, record, has_link);
}

void make_or_join(const network& net, lock_file& record, bool alone) {
  if (alone) return make(net, record);
  const auto in_use = bridge_record::parse(record.content()).pool;
  if (in_use != net.pool.text())
    throw usage_error(fmt::format("--subnet {}: {} is in use with {}", net.pool.text(),
                                  net.name, in_use));
  open_firewalls(net, record);
}

}  // namespace

shared_bridge::shared_bridge(const network& network) : network_(network) {
  ensure_directory({"locks.run"_id, "for state that ends at reboot"}, run_directory());
  ensure_directory({"locks"_id, "for the locks of addresses"}, directory_of(network_));
  ensure_directory({"locks.ports"_id, "for the records of ports"},
                   publish_directory(network_));
  try {
    join();
  } catch (...) {
    leave();
    throw;
  }
}

void shared_bridge::join() {
  restore_lost_tables(network_.name);
  forwarding_.emplace(forwarding_path(),
                      [](lock_file& record, bool) { turn_on_forwarding(record); });
  members_.emplace(bridge_path(network_), [&](lock_file& record, bool alone) {
    make_or_join(network_, record, alone);
  });
}

bool take_down(const network& net) {
  if (!exists(directory_of(net))) return true;
  if (!shared_object::if_unused(bridge_path(net),
                                [&](lock_file& record) { unmake(net, record); }))
    return false;
  shared_object::if_unused(forwarding_path(), put_back_forwarding);
  return true;
}

lease shared_bridge::reserve(const std::string& id,
                             std::optional<address> requested) const {
  const subnet& pool = network_.pool;
  const auto lock_of = [&](address address) {
    return lock_file(fmt::format("{}/{}.lock", directory_of(network_), address.text()));
  };
  const auto& range = network_.range;
  const std::uint32_t tries = requested ? 1 : range ? range->size() : pool.room();
  for (std::uint32_t attempt = 0; attempt < tries; ++attempt) {
    const address own = requested ? *requested
                        : range   ? candidate_in(*range, id, attempt)
                                  : candidate(pool, id, attempt);
    if (!refusal(pool, own).empty()) continue;
    if (lock_file file = lock_of(own); file.try_lock()) {
      published_ports::reap(network_, *members_, own);
      return {std::move(file),
              {.own = own,
               .prefix = pool.prefix,
               .gateway = pool.gateway(),
               .way_out = !network_.internal}};
    }
  }
  if (requested)
    throw usage_error(fmt::format("--ip {}: address already in use", requested->text()));
  throw usage_error(fmt::format("no free address in {}: all {} are in use",
                                range.value_or(pool).text(), range ? tries : pool.room()),
                    "use --subnet for a larger network");
}

published_ports shared_bridge::publish(const endpoint& endpoint,
                                       const std::vector<published_port>& ports) const {
  return {network_, *members_, endpoint, ports};
}

void shared_bridge::leave(bool keep) {
  if (keep || network_.stays) {
    members_.reset();
    forwarding_.reset();
    return;
  }
  if (members_) members_->leave([this](lock_file& record) { unmake(network_, record); });
  members_.reset();
  if (forwarding_) forwarding_->leave(put_back_forwarding);
  forwarding_.reset();
}

shared_bridge::~shared_bridge() {
  try {
    leave();
  } catch (const std::exception& failure) {
    narration::warn(fmt::format("bridge {}: {}", network_.name, failure.what()));
  }
}

}  // namespace zoomin::net
