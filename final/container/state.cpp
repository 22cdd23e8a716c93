// SPDX-License-Identifier: MIT
#include "container/state.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <ctime>
#include <type_traits>

#include "base/stored.hpp"
#include "base/timestamp.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"

// Ports are stored as texts, such as "0.0.0.0:8080:80/tcp".
template <>
struct nlohmann::adl_serializer<zoomin::network::port_binding> {
  static void to_json(auto& to, const zoomin::network::port_binding& port) {
    to = port.text();
  }
  static void from_json(const auto& from, zoomin::network::port_binding& port) {
    port = zoomin::network::parse_ports(from.template get<std::string>()).front();
  }
};

namespace zoomin::container {

using json = nlohmann::ordered_json;

namespace {

constexpr std::array status_names{"created", "running", "exited", "restarting"};

status parse_status(const std::string& name) {
  for (std::size_t i = 0; i < status_names.size(); ++i)
    if (name == status_names[i]) return static_cast<status>(i);
  throw usage_error(fmt::format("\"{}\" is not a status", name));
}

}  // namespace

const char* text_of(status status) {
  return status_names[static_cast<std::size_t>(status)];
}

static void to_json(json& to, status status) { to = text_of(status); }
static void from_json(const json& from, status& status) { status = parse_status(from); }

// Lists the keys of state.json.
template <typename State, typename Visit>
static void each_field(State& state, const Visit& visit) {
  visit("Status", state.status);
  visit("Pid", state.pid);
  visit("ExitCode", state.exit_code);
  visit("OOMKilled", state.oom_killed);
  visit("Paused", state.paused);
  visit("Stopped", state.stopped);
  visit("Health", state.health);
  visit("RestartCount", state.restarts);
  visit("Error", state.error);
  visit("Created", state.created);
  visit("StartedAt", state.started_at);
  visit("FinishedAt", state.finished_at);
  visit("BootID", state.boot_id);
  visit("Addresses", state.addresses);
  visit("Name", state.name);
  visit("Image", state.image);
  visit("Command", state.command);
  visit("Labels", state.labels);
  visit("ExposedPorts", state.exposed);
  visit("Ports", state.ports);
  // A monitor of an older zoomin, which may still be running, writes ports at IPv6
  // addresses under a key of their own.
  if constexpr (!std::is_const_v<State>) {
    std::vector<network::port_binding> others;
    visit("RelayedPorts", others);
    state.ports.insert(state.ports.end(), others.begin(), others.end());
  }
}

state parse_state(const std::string& state_json) {
  return base::parse_stored<state>(
      state_json, "state.json",
      "the container's state is damaged; run `zoomin rm` to remove it");
}

std::string text_of(const state& state) { return base::stored_text(state); }

const char* display_status(const state& state) {
  return state.status == status::running && state.paused ? "paused"
                                                         : text_of(state.status);
}

std::string state::address() const {
  return addresses.empty() ? std::string() : addresses.front().second;
}

std::string state::address_on(const std::string& network) const {
  for (const auto& [other, address] : addresses)
    if (other == network) return address;
  return {};
}

void emit(const std::string& action, const std::string& id, const state& now,
          const base::attributes& extra) {
  base::attributes attributes{now.labels.begin(), now.labels.end()};
  std::erase_if(attributes,
                [](auto& each) { return each.first == "image" || each.first == "name"; });
  attributes.insert(attributes.end(), {{"image", now.image}, {"name", now.name}});
  attributes.insert(attributes.end(), extra.begin(), extra.end());
  base::emit({"container", action, id, std::move(attributes)});
}

std::string now_text() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return base::timestamp_text(now);
}

std::string boot_id() {
  std::string id = sys::read_file("/proc/sys/kernel/random/boot_id");
  while (!id.empty() && id.back() == '\n') id.pop_back();
  return id;
}

}  // namespace zoomin::container
