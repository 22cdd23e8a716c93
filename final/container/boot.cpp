// SPDX-License-Identifier: MIT
#include "container/boot.hpp"

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "04-cgroups/cgroup.hpp"
#include "container/control.hpp"
#include "container/monitor/monitor.hpp"
#include "container/reconcile.hpp"
#include "container/runtime/links.hpp"
#include "container/runtime/shared_namespaces.hpp"
#include "container/spec/spec.hpp"
#include "container/store.hpp"

namespace zoomin::container {

namespace {

bool wants_to_run(const std::string& id, const container_spec& spec) {
  const state now = reconcile(id);
  return !is_alive(now) && !now.started_at.empty() &&
         spec.restart.wants_at_boot(now.stopped);
}

// What goes wrong with one is no reason to leave the others.
void each(const std::vector<std::string>& ids, const told& failed,
          const std::function<void(const std::string&)>& work) {
  for (const auto& id : ids) {
    try {
      work(id);
    } catch (const std::exception& failure) {
      if (exists(id)) failed(id.substr(0, 12), failure);
    }
  }
}

// Returns the containers that want to run, each after those whose namespaces it joins and
// those that it has links to.
std::vector<std::string> in_order_of_start(const told& failed) {
  std::map<std::string, std::vector<std::string>> joined;
  each(ids(), failed, [&](const std::string& id) {
    const container_spec spec = parse_spec(container_json(id));
    auto first = joined_by(spec);
    for (auto& other : linked_by(spec)) first.push_back(std::move(other));
    if (wants_to_run(id, spec)) joined.emplace(id, std::move(first));
  });
  std::vector<std::string> order;
  const std::function<void(const std::string&)> append = [&](const std::string& id) {
    auto found = joined.extract(id);
    if (found.empty()) return;
    for (const auto& other : found.mapped()) append(other);
    order.push_back(id);
  };
  for (const auto& id : ids()) append(id);
  return order;
}

}  // namespace

void start_all(const told& failed) {
  sweep();
  cgroup::clean_up();
  each(in_order_of_start(failed), failed, [](const std::string& id) { start(id, {}); });
}

void stop_all(const told& failed) {
  std::vector<control> ending;
  each(ids(), failed, [&](const std::string& id) {
    auto owner = control::connect(id);
    if (!owner) return;
    owner->say("down");
    ending.push_back(std::move(*owner));
  });
  for (auto& one : ending) one.wait_for_end();
}

}  // namespace zoomin::container
