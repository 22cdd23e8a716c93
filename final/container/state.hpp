// SPDX-License-Identifier: MIT
// state: how a container is: state.json, the small file that `ps` reads.
//
// `running` in it is a claim: it holds while somebody holds the container's lock.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "02-net/ports.hpp"
#include "base/events.hpp"
#include "network/port_proxy.hpp"

namespace zoomin::container {

// Docker's words.
enum class status { created, running, exited, restarting };
const char* text_of(status status);

struct state {
  container::status status = container::status::created;
  pid_t pid = 0;
  int exit_code = 0;
  bool oom_killed = false;
  bool paused = false;     // while it runs
  bool stopped = false;    // by its user, so it stays so at the machine's next start
  std::string health;      // health.hpp; empty where it isn't looked after
  unsigned restarts = 0;   // since its user started it
  std::string error;       // why it couldn't start, or how its monitor ended
  std::string created;     // RFC 3339, as all times
  std::string started_at;  // empty: never
  std::string finished_at;
  std::string boot_id;  // of the machine's run in which it was started
  // By network, while it runs.
  std::vector<std::pair<std::string, std::string>> addresses;
  // What `ps` shows of container.json.
  std::string name, image, command;
  std::map<std::string, std::string> labels{};  // what events tell of it, too
  std::vector<std::string> exposed{};           // "80/tcp", published or not
  std::vector<net::published_port> ports;       // while it runs
  std::vector<network::proxied_port> relayed{};

  // On its first network; on that one. Empty where it has none.
  [[nodiscard]] std::string address() const;
  [[nodiscard]] std::string address_on(const std::string& network) const;
};

// The same, and "paused".
const char* word_of(const state& state);
// Whether it has an owner who does more than a moment's work.
inline bool is_alive(const state& state) {
  return state.status == status::running || state.status == status::restarting;
}

state parse_state(const std::string& state_json);
std::string text_of(const state& state);

// Of container `id`: to those who watch, events.hpp.
void emit(const std::string& action, const std::string& id, const state& now,
          const events::attributes& more = {});

std::string now_text();  // "2026-01-31T12:00:00.123456789Z"
std::string boot_id();   // proc_sys_kernel(5), random/boot_id

}  // namespace zoomin::container
