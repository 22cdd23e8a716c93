// SPDX-License-Identifier: MIT
#include "container/boot.hpp"

#include <vector>

#include "04-cgroups/cgroup.hpp"
#include "container/asked.hpp"
#include "container/control.hpp"
#include "container/monitor.hpp"
#include "container/store.hpp"

namespace zoomin::container {

namespace {

bool wants_to_run(const std::string& id) {
  const state now = mended(id);
  return !is_alive(now) && !now.started_at.empty() &&
         parse_asked(container_json(id)).restart.wants_at_boot(now.stopped);
}

// What goes wrong with one is no reason to leave the others.
void each(const told& failed, const std::function<void(const std::string&)>& work) {
  for (const auto& id : ids()) {
    try {
      work(id);
    } catch (const std::exception& failure) {
      if (exists(id)) failed(id.substr(0, 12), failure);
    }
  }
}

}  // namespace

void start_all(const told& failed) {
  sweep();
  cgroup::sweep();
  each(failed, [](const std::string& id) {
    if (wants_to_run(id)) start(id, {});
  });
}

void stop_all(const told& failed) {
  std::vector<control> ending;
  each(failed, [&](const std::string& id) {
    auto owner = control::connect(id);
    if (!owner) return;
    owner->say("down");
    ending.push_back(std::move(*owner));
  });
  for (auto& one : ending) one.wait_for_end();
}

}  // namespace zoomin::container
