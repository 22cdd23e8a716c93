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

constexpr std::array words{"created", "running", "exited", "restarting"};

status parse_status(const std::string& word) {
  for (std::size_t i = 0; i < words.size(); ++i)
    if (word == words[i]) return static_cast<status>(i);
  throw usage_error(fmt::format("\"{}\" is no status", word));
}

template <typename Port>
std::vector<std::string> texts_of(const std::vector<Port>& ports) {
  std::vector<std::string> result;
  for (const auto& one : ports) result.push_back(one.text());
  return result;
}

}  // namespace

const char* text_of(status status) { return words[static_cast<std::size_t>(status)]; }

namespace {

// An older file lacks what has been added since.
state read_fields(const json& from) {
  state one;
  one.status = parse_status(from.value("Status", "created"));
  one.pid = from.value("Pid", 0);
  one.exit_code = from.value("ExitCode", 0);
  one.oom_killed = from.value("OOMKilled", false);
  one.paused = from.value("Paused", false);
  one.stopped = from.value("Stopped", false);
  one.health = from.value("Health", "");
  one.restarts = from.value("RestartCount", 0U);
  one.error = from.value("Error", "");
  one.created = from.value("Created", "");
  one.started_at = from.value("StartedAt", "");
  one.finished_at = from.value("FinishedAt", "");
  one.boot_id = from.value("BootID", "");
  for (const auto& place : from.value("Addresses", json::array()))
    one.addresses.emplace_back(place.at(0), place.at(1));
  one.name = from.value("Name", "");
  one.image = from.value("Image", "");
  one.command = from.value("Command", "");
  one.labels = from.value("Labels", one.labels);
  one.exposed = from.value("ExposedPorts", one.exposed);
  for (const auto& text : from.value("Ports", json::array()))
    one.ports.push_back(net::parse_published_port(text));
  for (const auto& text : from.value("RelayedPorts", json::array()))
    one.relayed.push_back(network::parse_proxied_port(text));
  return one;
}

}  // namespace

state parse_state(const std::string& state_json) {
  const std::string name = "state.json";
  const auto hint = "the container's state is damaged; `zoomin rm` removes it";
  return files::read_or_damaged(name, hint, [&] {
    const auto from = files::parse_own<json>(state_json, name);
    files::require_version(from.value("Version", 1), name);
    return read_fields(from);
  });
}

const char* word_of(const state& state) {
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
  const json result{{"Version", files::format_version},
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
                    {"RelayedPorts", texts_of(state.relayed)}};
  return files::json_text(result, 2) + "\n";
}

void emit(const std::string& action, const std::string& id, const state& now,
          const events::attributes& more) {
  events::attributes about{now.labels.begin(), now.labels.end()};
  std::erase_if(about,
                [](auto& each) { return each.first == "image" || each.first == "name"; });
  about.insert(about.end(), {{"image", now.image}, {"name", now.name}});
  about.insert(about.end(), more.begin(), more.end());
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
