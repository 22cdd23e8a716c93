// SPDX-License-Identifier: MIT
// state: the condition of a container, in state.json, the small file that `ps` reads.
//
// The status `running` is valid only while a monitor holds the container's lock.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/events.hpp"
#include "network/ports.hpp"

namespace zoomin::container {

// The names are Docker's.
enum class status { created, running, exited, restarting };
const char* text_of(status status);

struct state {
  container::status status = container::status::created;
  pid_t pid = 0;
  int exit_code = 0;
  bool oom_killed = false;
  bool paused = false;     // while running
  bool stopped = false;    // by its user; then unless-stopped doesn't start it at boot
  std::string health;      // monitor/health.hpp; empty without a health check
  unsigned restarts = 0;   // by the restart policy, since the user's start
  std::string error;       // why it failed to start, or how its monitor ended
  std::string created;     // RFC 3339, like all times
  std::string started_at;  // empty: never
  std::string finished_at;
  std::string boot_id;  // boot_id() at its start
  // The networks, each with the container's address on it; empty while not running.
  std::vector<std::pair<std::string, std::string>> addresses;
  // Copies from container.json, for `ps`.
  std::string name, image, command;
  std::map<std::string, std::string> labels{};  // also for events
  std::vector<std::string> exposed{};           // "80/tcp", published or not
  std::vector<network::port_binding> ports;     // while running

  // Return the container's address on its first network, or on a network; empty if it has
  // none.
  [[nodiscard]] std::string address() const;
  [[nodiscard]] std::string address_on(const std::string& network) const;
};

// Returns the status as `ps` shows it: like text_of(), or "paused".
const char* display_status(const state& state);
// Returns true if a monitor owns the container.
inline bool is_alive(const state& state) {
  return state.status == status::running || state.status == status::restarting;
}

state parse_state(const std::string& state_json);
std::string text_of(const state& state);

// Emits an event of container `id` (base/events.hpp).
void emit(const std::string& action, const std::string& id, const state& now,
          const base::attributes& extra = {});

std::string now_text();  // "2026-01-31T12:00:00.123456789Z"
std::string boot_id();   // proc_sys_kernel(5), random/boot_id

}  // namespace zoomin::container
