// SPDX-License-Identifier: MIT
#include "container/boot.hpp"

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "04-cgroups/coordination/cleanup.hpp"
#include "container/control.hpp"
#include "container/monitor/monitor.hpp"
#include "container/reconcile.hpp"
#include "container/runtime/links.hpp"
#include "container/runtime/shared_namespaces.hpp"
#include "container/spec/spec.hpp"
#include "container/store.hpp"

namespace zoomin::container {

namespace {

bool must_run(const std::string& id, const container_spec& spec) {
  const state now = reconcile(id);
  return !is_alive(now) && !now.started_at.empty() &&
         spec.restart.wants_at_boot(now.stopped);
}

// Runs `work` for each container, and continues after a failure.
void run_for_each(const std::vector<std::string>& ids, const failure_handler& on_failure,
                  const std::function<void(const std::string&)>& work) {
  for (const auto& id : ids) {
    try {
      work(id);
    } catch (const std::exception& failure) {
      if (exists(id)) on_failure(id.substr(0, 12), failure);
    }
  }
}

// Returns the containers to start, each after the containers whose namespaces it joins or
// to which it has links.
std::vector<std::string> start_order(const failure_handler& on_failure) {
  std::map<std::string, std::vector<std::string>> dependencies;
  run_for_each(ids(), on_failure, [&](const std::string& id) {
    const container_spec spec = parse_spec(container_json(id));
    auto others = joined_by(spec);
    for (auto& other : linked_by(spec)) others.push_back(std::move(other));
    if (must_run(id, spec)) dependencies.emplace(id, std::move(others));
  });
  std::vector<std::string> order;
  const std::function<void(const std::string&)> append = [&](const std::string& id) {
    auto node = dependencies.extract(id);
    if (node.empty()) return;
    for (const auto& other : node.mapped()) append(other);
    order.push_back(id);
  };
  for (const auto& id : ids()) append(id);
  return order;
}

}  // namespace

void start_all(const failure_handler& on_failure, const std::string& program) {
  sweep();
  cgroup::clean_up();
  run_for_each(start_order(on_failure), on_failure,
               [&](const std::string& id) { begin_start(id, {}, program).finish(); });
}

void stop_all(const failure_handler& on_failure) {
  std::vector<control> stopping;
  run_for_each(ids(), on_failure, [&](const std::string& id) {
    auto owner = control::connect(id);
    if (!owner) return;
    owner->send("down");
    stopping.push_back(std::move(*owner));
  });
  for (auto& owner : stopping) owner.wait_for_end();
}

}  // namespace zoomin::container
