// SPDX-License-Identifier: MIT
#include "container/reconcile.hpp"

#include <fmt/format.h>
#include <signal.h>

#include "02-net/link.hpp"
#include "02-net/query/link_list.hpp"
#include "cgroup/existing.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"
#include "container/spec/spec.hpp"
#include "container/store.hpp"
#include "network/anti_spoofing.hpp"

namespace zoomin::container {

namespace {

// Removes the host's interfaces of a container, which are named after the PID of its
// init. Does nothing if another process has this PID by now, because the interfaces may
// belong to it. (A process that has ended has no files in /proc/PID/ns.)
void remove_cables(pid_t init) {
  if (sys::exists(fmt::format("/proc/{}/ns/net", init))) return;
  const auto name = fmt::format("veth{}", init);
  net::links host;
  for (const auto& interface : net::link_names())
    if (interface == name || interface.starts_with(name + "."))
      host.remove(sys::quiet, interface);
  network::remove_anti_spoofing(init);
}

}  // namespace

state reconcile(const std::string& id) {
  state now = read_state(id);
  if (!is_alive(now)) return now;
  const auto lock = try_lock(id);
  if (!lock) return now;
  now = read_state(id);  // as the monitor left it
  if (!is_alive(now)) return now;
  const bool same_boot = now.boot_id == boot_id();
  const pid_t init = same_boot ? now.pid : 0;
  now.status = status::exited;
  now.pid = 0;
  now.paused = false;
  now.ports.clear();
  now.addresses.clear();
  now.exit_code = 128 + SIGKILL;
  now.error = same_boot ? "its monitor was killed" : "the machine was restarted";
  now.finished_at = now_text();
  try {
    write_state(id, now);
  } catch (const sys::error&) {
    return now;  // a full or read-only disk: a later call writes it
  }
  emit("die", id, now, {{"exitCode", std::to_string(now.exit_code)}});
  const container_spec spec = parse_spec(container_json(id));
  cgroup::remove_leftover(id, spec.cgroup_parent);
  if (init != 0) remove_cables(init);
  if (!spec.remove) return now;
  erase_with_volumes(id, spec, now);
  return now;
}

void refuse_stopped(const std::string& reference) {
  throw usage_error(failure_kind::not_running,
                    fmt::format("Container {} is not running", reference));
}

void require_running(const state& now, const std::string& reference) {
  if (now.status == status::restarting)
    throw usage_error(
        failure_kind::not_running,
        fmt::format("Container {} is restarting, wait until the container is running",
                    reference),
        fmt::format("`zoomin logs {}` shows why it ended", reference));
  if (now.status != status::running) refuse_stopped(reference);
}

}  // namespace zoomin::container
