// SPDX-License-Identifier: MIT
#include "container/state.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <ctime>
#include <nlohmann/json.hpp>

#include "common/error.hpp"
#include "common/sys.hpp"

namespace zoomin::container {

using json = nlohmann::ordered_json;

namespace {

constexpr std::array words{"created", "running", "exited", "restarting"};

status parse_status(const std::string& word) {
  for (std::size_t i = 0; i < words.size(); ++i)
    if (word == words[i]) return static_cast<status>(i);
  throw usage_error(failure_kind::damaged,
                    fmt::format("state.json: \"{}\" is no status", word),
                    "the container's state is damaged; `zoomin rm` removes it");
}

template <typename Port>
std::vector<std::string> texts_of(const std::vector<Port>& ports) {
  std::vector<std::string> all;
  for (const auto& one : ports) all.push_back(one.text());
  return all;
}

}  // namespace

const char* text_of(status one) { return words[static_cast<std::size_t>(one)]; }

state parse_state(const std::string& state_json) try {
  const auto from = json::parse(state_json);
  state one;
  one.is = parse_status(from.at("Status"));
  one.pid = from.at("Pid");
  one.exit_code = from.at("ExitCode");
  one.oom_killed = from.at("OOMKilled");
  one.paused = from.value("Paused", false);
  one.stopped = from.value("Stopped", false);
  one.health = from.value("Health", "");
  one.restarts = from.value("RestartCount", 0U);
  one.error = from.at("Error");
  one.created = from.at("Created");
  one.started_at = from.at("StartedAt");
  one.finished_at = from.at("FinishedAt");
  one.boot_id = from.at("BootID");
  for (const auto& place : from.at("Addresses"))
    one.addresses.emplace_back(place.at(0), place.at(1));
  one.name = from.at("Name");
  one.image = from.at("Image");
  one.command = from.at("Command");
  one.labels = from.value("Labels", one.labels);
  one.exposed = from.value("ExposedPorts", one.exposed);
  for (const auto& text : from.at("Ports"))
    one.ports.push_back(net::parse_published_port(text));
  for (const auto& text : from.value("RelayedPorts", json::array()))
    one.relayed.push_back(network::parse_relayed_port(text));
  return one;
} catch (const json::exception& damaged) {
  throw usage_error(failure_kind::damaged, fmt::format("state.json: {}", damaged.what()),
                    "the container's state is damaged; `zoomin rm` removes it");
}

const char* word_of(const state& one) {
  return one.is == status::running && one.paused ? "paused" : text_of(one.is);
}

std::string state::address() const {
  return addresses.empty() ? std::string() : addresses.front().second;
}

std::string state::address_on(const std::string& network) const {
  for (const auto& [other, address] : addresses)
    if (other == network) return address;
  return {};
}

std::string text_of(const state& one) {
  return json{{"Status", text_of(one.is)},
              {"Pid", one.pid},
              {"ExitCode", one.exit_code},
              {"OOMKilled", one.oom_killed},
              {"Paused", one.paused},
              {"Stopped", one.stopped},
              {"Health", one.health},
              {"RestartCount", one.restarts},
              {"Error", one.error},
              {"Created", one.created},
              {"StartedAt", one.started_at},
              {"FinishedAt", one.finished_at},
              {"BootID", one.boot_id},
              {"Addresses", one.addresses},
              {"Name", one.name},
              {"Image", one.image},
              {"Command", one.command},
              {"Labels", one.labels},
              {"ExposedPorts", one.exposed},
              {"Ports", texts_of(one.ports)},
              {"RelayedPorts", texts_of(one.relayed)}}
             .dump(2) +
         "\n";
}

void tell(const std::string& action, const std::string& id, const state& now,
          const events::attributes& more) {
  events::attributes about{now.labels.begin(), now.labels.end()};
  std::erase_if(about,
                [](auto& each) { return each.first == "image" || each.first == "name"; });
  about.insert(about.end(), {{"image", now.image}, {"name", now.name}});
  about.insert(about.end(), more.begin(), more.end());
  events::tell({"container", action, id, std::move(about)});
}

std::string now_text() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:09}Z", fmt::gmtime(now.tv_sec), now.tv_nsec);
}

std::string boot_id() {
  std::string id = sys::read_file("/proc/sys/kernel/random/boot_id");
  while (!id.empty() && id.back() == '\n') id.pop_back();
  return id;
}

}  // namespace zoomin::container
