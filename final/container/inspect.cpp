// SPDX-License-Identifier: MIT
#include "container/inspect.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "container/asked.hpp"
#include "container/monitor.hpp"
#include "container/store.hpp"
#include "image/image.hpp"
#include "network/network.hpp"
#include "volume/volume.hpp"

namespace zoomin::container {

using json = nlohmann::ordered_json;

namespace {

constexpr const char* never = "0001-01-01T00:00:00Z";

std::string or_never(const std::string& time) { return time.empty() ? never : time; }

json state_of(const std::string& id, const state& now) {
  json all{{"Status", word_of(now)},
           {"Running", is_alive(now)},
           {"Paused", now.paused},
           {"Restarting", now.is == status::restarting},
           {"OOMKilled", now.oom_killed},
           {"Dead", false},
           {"Pid", now.pid},
           {"ExitCode", now.exit_code},
           {"Error", now.error},
           {"StartedAt", or_never(now.started_at)},
           {"FinishedAt", or_never(now.finished_at)}};
  if (!now.health.empty()) all["Health"] = json::parse(health_json(id));
  return all;
}

json mounts_of(const asked& wanted) {
  json all = json::array();
  using kind = added_mount::kind;
  for (const auto& one : wanted.mounts) {
    json shown{{"Type", one.is == kind::bind     ? "bind"
                        : one.is == kind::volume ? "volume"
                                                 : "tmpfs"}};
    if (one.is == kind::volume) shown["Name"] = one.source;
    shown.update(
        {{"Source", one.is == kind::volume ? volume::data_of(one.source) : one.source},
         {"Destination", one.target},
         {"Mode", one.read_only ? "ro" : ""},
         {"RW", !one.read_only},
         {"Propagation", one.is == kind::bind ? "rprivate" : ""}});
    all.push_back(std::move(shown));
  }
  return all;
}

// Config is what isn't HostConfig, without our own words for what is elsewhere.
json config_of(json document, const std::string& id) {
  document.erase("HostConfig");
  document.erase("ImageID");
  document.erase("AnonymousVolumes");
  if (!document.contains("Hostname") || document["Hostname"].empty() ||
      document["Hostname"].get<std::string>().empty())
    document["Hostname"] = id.substr(0, 12);
  for (const char* word : {"Tty", "OpenStdin"})
    if (!document.contains(word)) document[word] = false;
  return document;
}

// What wasn't asked for shows Docker's word for that.
json host_config_of(const json& document) {
  json all{{"AutoRemove", false},
           {"Binds", nullptr},
           {"CapAdd", nullptr},
           {"CapDrop", nullptr},
           {"CpusetCpus", ""},
           {"Init", false},
           {"Memory", 0},
           {"MemorySwap", 0},
           {"NanoCpus", 0},
           {"PidsLimit", nullptr},
           {"Privileged", false},
           {"ReadonlyRootfs", false},
           {"RestartPolicy", {{"Name", "no"}, {"MaximumRetryCount", 0}}}};
  all.update(document.at("HostConfig"));
  return all;
}

json ports_of(const state& now) {
  json all = json::object();
  for (const auto& one : now.ports)
    all[fmt::format("{}/{}", one.container_port, one.protocol_text())].push_back(
        {{"HostIp", one.host ? one.host->text() : "0.0.0.0"},
         {"HostPort", std::to_string(one.host_port)}});
  for (const auto& one : now.relayed)
    all[fmt::format("{}/tcp", one.container_port)].push_back(
        {{"HostIp", one.host}, {"HostPort", std::to_string(one.host_port)}});
  return all;
}

json place_on(const attachment& one, const std::string& address) {
  if (address.empty())
    return {{"IPAddress", ""},
            {"IPPrefixLen", 0},
            {"Gateway", ""},
            {"MacAddress", one.hardware}};
  const auto pool = network::find(one.network).pool;
  return {{"IPAddress", address},
          {"IPPrefixLen", pool.prefix},
          {"Gateway", pool.gateway().text()},
          {"MacAddress", one.hardware.empty()
                             ? net::hardware_address(*net::parse_address(address))
                             : one.hardware}};
}

json network_of(const asked& wanted, const state& now) {
  const auto first = wanted.on_bridge() ? wanted.networks.front() : attachment{"none"};
  json all = place_on(first, now.address());
  all["Ports"] = ports_of(now);
  json& places = all["Networks"] = json::object();
  for (const auto& one : wanted.networks) {
    json place = place_on(one, now.address_on(one.network));
    place["Aliases"] = one.aliases;
    place["NetworkID"] = one.has_names() ? network::find(one.network).id : std::string();
    places[shown_network(one.network)] = std::move(place);
  }
  if (!wanted.on_bridge()) places[shown_network(wanted.network)] = place_on(first, "");
  return all;
}

json layers_of(const std::string& id, const std::string& image_id) {
  const std::string top = directory_of(id) + "/layer";
  return {{"Name", "overlay2"},
          {"Data",
           {{"LowerDir", image::top_first(image::find(image_id).layers)},
            {"MergedDir", top + "/merged"},
            {"UpperDir", top + "/upper"},
            {"WorkDir", top + "/work"}}}};
}

}  // namespace

std::string inspect(const std::string& reference) {
  const std::string id = find(reference);
  const state now = mended(id);
  const std::string text = container_json(id);
  const asked wanted = parse_asked(text);
  const json document = json::parse(text);
  const auto& command = wanted.first.command;
  const json shown{{"Id", id},
                   {"Created", now.created},
                   {"Path", command.at(0)},
                   {"Args", std::vector<std::string>(command.begin() + 1, command.end())},
                   {"State", state_of(id, now)},
                   {"Image", wanted.image_id},
                   {"LogPath", wanted.keeps_log ? directory_of(id) + "/log" : ""},
                   {"Name", "/" + now.name},
                   {"RestartCount", now.restarts},
                   {"Driver", "overlay2"},
                   {"Platform", "linux"},
                   {"HostConfig", host_config_of(document)},
                   {"GraphDriver", layers_of(id, wanted.image_id)},
                   {"Mounts", mounts_of(wanted)},
                   {"Config", config_of(document, id)},
                   {"NetworkSettings", network_of(wanted, now)}};
  return shown.dump(4);
}

}  // namespace zoomin::container
