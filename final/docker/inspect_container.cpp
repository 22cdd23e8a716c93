// SPDX-License-Identifier: MIT
#include "docker/inspect_container.hpp"

#include <fmt/format.h>

#include "base/json.hpp"
#include "container/execs.hpp"
#include "container/lifecycle.hpp"
#include "container/reconcile.hpp"
#include "container/spec/fields.hpp"
#include "container/store.hpp"
#include "image/image.hpp"
#include "network/network.hpp"
#include "volume/volume.hpp"

namespace zoomin::docker {

using namespace container;

namespace {

constexpr const char* default_network_settings = R"({
  "Bridge": "", "EndpointID": "", "GlobalIPv6Address": "", "GlobalIPv6PrefixLen": 0,
  "HairpinMode": true, "IPv6Gateway": "", "SandboxID": "", "SandboxKey": ""})";

constexpr const char* default_endpoint = R"({
  "IPAMConfig": null, "Links": null, "DriverOpts": null, "EndpointID": "",
  "GlobalIPv6Address": "", "GlobalIPv6PrefixLen": 0, "IPv6Gateway": ""})";

constexpr const char* never = "0001-01-01T00:00:00Z";

std::string or_never(const std::string& time) { return time.empty() ? never : time; }

json state_of(const std::string& id, const state& now) {
  json result{{"Status", display_status(now)},
              {"Running", is_alive(now)},
              {"Paused", now.paused},
              {"Restarting", now.status == status::restarting},
              {"OOMKilled", now.oom_killed},
              {"Dead", false},
              {"Pid", now.pid},
              {"ExitCode", now.exit_code},
              {"Error", now.error},
              {"StartedAt", or_never(now.started_at)},
              {"FinishedAt", or_never(now.finished_at)}};
  if (!now.health.empty())
    result["Health"] = base::parse_json<json>(health_json(id), "health.json");
  return result;
}

json shown_mounts(const container_spec& spec) {
  json result = json::array();
  using kind = requested_mount::kind;
  for (const auto& mount : spec.mounts) {
    json shown{{"Type", mount.type == kind::bind     ? "bind"
                        : mount.type == kind::volume ? "volume"
                                                     : "tmpfs"}};
    if (mount.type == kind::volume)
      shown.update({{"Name", mount.source}, {"Driver", "local"}});
    shown.update({{"Source", mount.type == kind::volume ? volume::data_of(mount.source)
                                                        : mount.source},
                  {"Destination", mount.target},
                  {"Mode", mount.read_only ? "ro" : ""},
                  {"RW", !mount.read_only},
                  {"Propagation", mount.type != kind::bind    ? ""
                                  : mount.propagation.empty() ? "rprivate"
                                                              : mount.propagation}});
    result.push_back(std::move(shown));
  }
  return result;
}

// Overwrites Docker's defaults with the settings of the request.
json with_defaults(json usual, const json& request) {
  usual.update(request);
  return usual;
}

// Builds Config: the request without HostConfig and without the fields that only zoomin
// uses.
json make_config(json request, const container_spec& spec, const std::string& id) {
  for (const char* key : {"HostConfig", "ImageID", "AnonymousVolumes"})
    request.erase(key);
  if (spec.hostname.empty()) request["Hostname"] = id.substr(0, 12);
  for (const auto& port : spec.ports)
    request["ExposedPorts"][port.inner()] = json::object();
  return request;
}

json host_config_of(json result) {
  // zoomin has one log format, whatever driver was requested. Docker's name for a driver
  // with a format of its own is "local".
  if (result["LogConfig"].value("Type", "") == "json-file")
    result["LogConfig"]["Type"] = "local";
  // As with Docker, swap that isn't set equals the memory limit, which means no swap.
  if (result["MemorySwap"] == 0) result["MemorySwap"] = result["Memory"];
  return result;
}

json ports_json(const state& now) {
  json result = json::object();
  for (const auto& port : now.ports)
    result[port.inner()].push_back({{"HostIp", port.host.empty() ? "0.0.0.0" : port.host},
                                    {"HostPort", port.host_ports()}});
  if (is_alive(now))
    for (const auto& port : now.exposed)
      if (!result.contains(port)) result[port] = nullptr;
  return result;
}

json endpoint_on(const attachment& attachment, const std::string& address) {
  if (address.empty())
    return {{"IPAddress", ""},
            {"IPPrefixLen", 0},
            {"Gateway", ""},
            {"MacAddress", attachment.hardware}};
  const auto pool = network::find(attachment.network).pool;
  return {{"IPAddress", address},
          {"IPPrefixLen", pool.prefix},
          {"Gateway", pool.gateway().text()},
          {"MacAddress", attachment.hardware.empty()
                             ? net::hardware_address(*net::parse_address(address))
                             : attachment.hardware}};
}

json network_of(const container_spec& spec, const state& now) {
  const auto first = spec.on_bridge() ? spec.networks.front() : attachment{"none"};
  json result = with_defaults(json::parse(default_network_settings),
                              endpoint_on(first, now.address()));
  if (now.pid != 0) result["SandboxKey"] = fmt::format("/proc/{}/ns/net", now.pid);
  result["Ports"] = ports_json(now);
  json& endpoints = result["Networks"] = json::object();
  for (const auto& network : spec.networks) {
    json endpoint = with_defaults(json::parse(default_endpoint),
                                  endpoint_on(network, now.address_on(network.network)));
    if (network.address)
      endpoint["IPAMConfig"] = {{"IPv4Address", network.address->text()}};
    endpoint["Aliases"] = network.aliases;
    endpoint["NetworkID"] = network::find(network.network).id;
    endpoints[network_for_docker(network.network)] = std::move(endpoint);
  }
  if (!spec.on_bridge())
    endpoints[network_for_docker(spec.network)] = endpoint_on(first, "");
  return result;
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

// Returns the ids of the execs that have not ended; null if there are none, as with
// Docker.
json execs_in(const std::string& id, const state& now) {
  const auto execs = is_alive(now) ? unfinished_execs(id) : std::vector<std::string>();
  return execs.empty() ? json() : json(execs);
}

}  // namespace

std::string with_sizes(const std::string& inspected) {
  auto container = base::parse_own<json>(inspected, "the container");
  if (!container.contains("HostConfig")) return inspected;
  const auto written = writable_layer_bytes(container.at("Id"));
  container["SizeRw"] = written;
  container["SizeRootFs"] = written + image::size_bytes({container.at("Image")});
  return base::json_text(container);
}

std::string inspect_container(const std::string& reference) {
  const std::string id = find(reference);
  const state now = reconcile(id);
  const std::string text = container_json(id);
  const container_spec spec = parse_spec(text);
  auto request = base::parse_own<json>(text, "container.json");
  add_initial_values(request);
  const auto& command = spec.init_process.command;
  const json shown{
      {"Id", id},
      {"Created", now.created},
      {"Path", command.at(0)},
      {"Args", std::vector<std::string>(command.begin() + 1, command.end())},
      {"State", state_of(id, now)},
      {"Image", spec.image_id},
      {"ResolvConfPath", ""},  // these three files exist in the container only
      {"HostnamePath", ""},
      {"HostsPath", ""},
      {"LogPath", spec.log.driver == log_driver::local ? directory_of(id) + "/log" : ""},
      {"Name", "/" + now.name},
      {"RestartCount", now.restarts},
      {"Driver", "overlay2"},
      {"Platform", "linux"},
      {"MountLabel", ""},
      {"ProcessLabel", ""},
      {"AppArmorProfile", ""},
      {"ExecIDs", execs_in(id, now)},
      {"HostConfig", host_config_of(request.at("HostConfig"))},
      {"GraphDriver", layers_of(id, spec.image_id)},
      {"Mounts", shown_mounts(spec)},
      {"Config", make_config(request, spec, id)},
      {"NetworkSettings", network_of(spec, now)}};
  return base::json_text(shown);
}

}  // namespace zoomin::docker
