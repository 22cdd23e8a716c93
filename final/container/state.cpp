// SPDX-License-Identifier: MIT
#include "container/state.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <ctime>

#include "base/json.hpp"
#include "base/timestamp.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"

namespace zoomin::container {

using json = nlohmann::ordered_json;

namespace {

constexpr std::array status_names{"created", "running", "exited", "restarting"};

status parse_status(const std::string& name) {
  for (std::size_t i = 0; i < status_names.size(); ++i)
    if (name == status_names[i]) return static_cast<status>(i);
  throw usage_error(fmt::format("\"{}\" is not a status", name));
}

template <typename Port>
std::vector<std::string> texts_of(const std::vector<Port>& ports) {
  std::vector<std::string> texts;
  for (const auto& port : ports) texts.push_back(port.text());
  return texts;
}

}  // namespace

const char* text_of(status status) {
  return status_names[static_cast<std::size_t>(status)];
}

namespace {

// A file written by an older version lacks newer keys.
state read_fields(const json& from) {
  state state;
  state.status = parse_status(from.value("Status", "created"));
  state.pid = from.value("Pid", 0);
  state.exit_code = from.value("ExitCode", 0);
  state.oom_killed = from.value("OOMKilled", false);
  state.paused = from.value("Paused", false);
  state.stopped = from.value("Stopped", false);
  state.health = from.value("Health", "");
  state.restarts = from.value("RestartCount", 0U);
  state.error = from.value("Error", "");
  state.created = from.value("Created", "");
  state.started_at = from.value("StartedAt", "");
  state.finished_at = from.value("FinishedAt", "");
  state.boot_id = from.value("BootID", "");
  for (const auto& address : from.value("Addresses", json::array()))
    state.addresses.emplace_back(address.at(0), address.at(1));
  state.name = from.value("Name", "");
  state.image = from.value("Image", "");
  state.command = from.value("Command", "");
  state.labels = from.value("Labels", state.labels);
  state.exposed = from.value("ExposedPorts", state.exposed);
  for (const auto& text : from.value("Ports", json::array()))
    state.ports.push_back(net::parse_published_port(text));
  for (const auto& text : from.value("RelayedPorts", json::array()))
    state.proxied_ports.push_back(network::parse_proxied_port(text));
  return state;
}

}  // namespace

state parse_state(const std::string& state_json) {
  const std::string name = "state.json";
  const auto hint = "the container's state is damaged; run `zoomin rm` to remove it";
  return files::read_or_damaged(name, hint, [&] {
    const auto from = files::parse_own<json>(state_json, name);
    files::require_version(from.value("Version", 1), name);
    return read_fields(from);
  });
}

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

std::string text_of(const state& state) {
  const json document{{"Version", files::format_version},
                      {"Status", text_of(state.status)},
                      {"Pid", state.pid},
                      {"ExitCode", state.exit_code},
                      {"OOMKilled", state.oom_killed},
                      {"Paused", state.paused},
                      {"Stopped", state.stopped},
                      {"Health", state.health},
                      {"RestartCount", state.restarts},
                      {"Error", state.error},
                      {"Created", state.created},
                      {"StartedAt", state.started_at},
                      {"FinishedAt", state.finished_at},
                      {"BootID", state.boot_id},
                      {"Addresses", state.addresses},
                      {"Name", state.name},
                      {"Image", state.image},
                      {"Command", state.command},
                      {"Labels", state.labels},
                      {"ExposedPorts", state.exposed},
                      {"Ports", texts_of(state.ports)},
                      {"RelayedPorts", texts_of(state.proxied_ports)}};
  return files::json_text(document, 2) + "\n";
}

void emit(const std::string& action, const std::string& id, const state& now,
          const events::attributes& extra) {
  events::attributes about{now.labels.begin(), now.labels.end()};
  std::erase_if(about,
                [](auto& each) { return each.first == "image" || each.first == "name"; });
  about.insert(about.end(), {{"image", now.image}, {"name", now.name}});
  about.insert(about.end(), extra.begin(), extra.end());
  events::emit({"container", action, id, std::move(about)});
}

std::string now_text() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return events::timestamp_text(now);
}

std::string boot_id() {
  std::string id = sys::read_file("/proc/sys/kernel/random/boot_id");
  while (!id.empty() && id.back() == '\n') id.pop_back();
  return id;
}

}  // namespace zoomin::container
