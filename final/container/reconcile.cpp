// SPDX-License-Identifier: MIT
#include "container/reconcile.hpp"

#include <fmt/format.h>
#include <signal.h>

#include "02-net/link.hpp"
#include "04-cgroups/cgroup.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"
#include "container/spec/spec.hpp"
#include "container/store.hpp"
#include "network/anti_spoofing.hpp"

namespace zoomin::container {

namespace {

// Removes the interfaces of a container whose first process was `first`: they are named
// after that number. If another process has the number by now, they may belong to that
// one; it has namespaces, which a process that has ended hasn't.
void remove_cables(pid_t first) {
  if (sys::exists(fmt::format("/proc/{}/ns/net", first))) return;
  const auto name = fmt::format("veth{}", first);
  net::links host;
  for (const auto& one : host.names())
    if (one == name || one.starts_with(name + ".")) host.remove(sys::quiet, one);
  network::remove_anti_spoofing(first);
}

}  // namespace

state reconcile(const std::string& id) {
  state now = read_state(id);
  if (!is_alive(now)) return now;
  const auto lock = try_hold(id);
  if (!lock) return now;
  now = read_state(id);  // as its owner left it
  if (!is_alive(now)) return now;
  const bool same_boot = now.boot_id == boot_id();
  const pid_t first = same_boot ? now.pid : 0;
  now.status = status::exited;
  now.pid = 0;
  now.paused = false;
  now.ports.clear();
  now.relayed.clear();
  now.addresses.clear();
  now.exit_code = 128 + SIGKILL;
  now.error = same_boot ? "its monitor was killed" : "the machine was restarted";
  now.finished_at = now_text();
  try {
    write_state(id, now);
  } catch (const sys::error&) {
    return now;  // full, or read-only: the next one writes it
  }
  emit("die", id, now, {{"exitCode", std::to_string(now.exit_code)}});
  const container_spec spec = parse_spec(container_json(id));
  cgroup::remove_left(id, spec.cgroup_parent);
  if (first != 0) remove_cables(first);
  if (!spec.remove) return now;
  erase(id);
  emit("destroy", id, now);
  return now;
}

}  // namespace zoomin::container
