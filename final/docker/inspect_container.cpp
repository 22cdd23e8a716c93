// SPDX-License-Identifier: MIT
#include "docker/inspect_container.hpp"

#include <fmt/format.h>

#include "base/json.hpp"
#include "container/lifecycle.hpp"
#include "container/reconcile.hpp"
#include "container/spec/spec.hpp"
#include "container/store.hpp"
#include "image/image.hpp"
#include "network/network.hpp"
#include "volume/volume.hpp"

namespace zoomin::container {

using json = nlohmann::ordered_json;

namespace {

constexpr const char* usual_config = R"({
  "Hostname": "", "Domainname": "", "User": "", "Tty": false, "OpenStdin": false,
  "Env": [], "Cmd": null, "Volumes": null, "WorkingDir": "", "Entrypoint": null,
  "OnBuild": null, "Labels": {}})";

constexpr const char* usual_host_config = R"({
  "AutoRemove": false, "Binds": null, "BlkioDeviceReadBps": null,
  "BlkioDeviceReadIOps": null, "BlkioDeviceWriteBps": null, "BlkioDeviceWriteIOps": null,
  "BlkioWeight": 0, "CapAdd": null, "CapDrop": null, "CgroupParent": "",
  "CgroupnsMode": "private", "ContainerIDFile": "", "CpuPeriod": 0, "CpuQuota": 0,
  "CpuShares": 0, "CpusetCpus": "", "CpusetMems": "", "DeviceCgroupRules": null,
  "Devices": [], "Dns": [], "DnsOptions": [], "DnsSearch": [], "ExtraHosts": null,
  "GroupAdd": null, "Init": false, "IpcMode": "private", "Links": null,
  "LogConfig": {"Type": "local", "Config": {}}, "Memory": 0, "MemoryReservation": 0,
  "MemorySwap": 0, "NanoCpus": 0, "NetworkMode": "default", "OomKillDisable": false,
  "OomScoreAdj": 0, "PidMode": "", "PidsLimit": null, "PortBindings": {},
  "Privileged": false, "PublishAllPorts": false, "ReadonlyRootfs": false,
  "RestartPolicy": {"Name": "no", "MaximumRetryCount": 0}, "Runtime": "zoomin",
  "SecurityOpt": null, "ShmSize": 67108864, "UTSMode": "", "Ulimits": null,
  "UsernsMode": "", "VolumeDriver": "", "VolumesFrom": null})";

constexpr const char* usual_network = R"({
  "Bridge": "", "EndpointID": "", "GlobalIPv6Address": "", "GlobalIPv6PrefixLen": 0,
  "HairpinMode": true, "IPv6Gateway": "", "SandboxID": "", "SandboxKey": ""})";

constexpr const char* usual_place = R"({
  "IPAMConfig": null, "Links": null, "DriverOpts": null, "EndpointID": "",
  "GlobalIPv6Address": "", "GlobalIPv6PrefixLen": 0, "IPv6Gateway": ""})";

constexpr const char* never = "0001-01-01T00:00:00Z";

std::string or_never(const std::string& time) { return time.empty() ? never : time; }

json state_of(const std::string& id, const state& now) {
  json result{{"Status", word_of(now)},
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
    result["Health"] = files::parse_json<json>(health_json(id), "health.json");
  return result;
}

json mounts_of(const container_spec& spec) {
  json result = json::array();
  using kind = requested_mount::kind;
  for (const auto& one : spec.mounts) {
    json shown{{"Type", one.type == kind::bind     ? "bind"
                        : one.type == kind::volume ? "volume"
                                                   : "tmpfs"}};
    if (one.type == kind::volume)
      shown.update({{"Name", one.source}, {"Driver", "local"}});
    shown.update(
        {{"Source", one.type == kind::volume ? volume::data_of(one.source) : one.source},
         {"Destination", one.target},
         {"Mode", one.read_only ? "ro" : ""},
         {"RW", !one.read_only},
         {"Propagation", one.type != kind::bind    ? ""
                         : one.propagation.empty() ? "rprivate"
                                                   : one.propagation}});
    result.push_back(std::move(shown));
  }
  return result;
}

// What wasn't asked for shows Docker's word for that.
json completed(json usual, const json& asked_for) {
  usual.update(asked_for);
  return usual;
}

// Config is what isn't HostConfig, without our own words for what is elsewhere.
json make_config(json document, const container_spec& spec, const std::string& id) {
  document.erase("HostConfig");
  document.erase("ImageID");
  document.erase("AnonymousVolumes");
  if (!document.contains("Hostname") || document["Hostname"].empty() ||
      document["Hostname"].get<std::string>().empty())
    document["Hostname"] = id.substr(0, 12);
  for (const auto& port : spec.ports)
    document["ExposedPorts"][fmt::format("{}/{}", port.container_port,
                                         port.protocol_text())] = json::object();
  return completed(json::parse(usual_config), document);
}

json host_config_of(const json& document) {
  auto result = completed(json::parse(usual_host_config), document.at("HostConfig"));
  // The log's format is always our own, whatever driver was named. Docker calls such a
  // driver "local".
  if (result["LogConfig"].value("Type", "") == "json-file")
    result["LogConfig"]["Type"] = "local";
  if (result["MemorySwap"] == 0) result["MemorySwap"] = result["Memory"];  // so no swap
  return result;
}

json ports_of(const state& now) {
  json result = json::object();
  for (const auto& one : now.ports)
    result[fmt::format("{}/{}", one.container_port, one.protocol_text())].push_back(
        {{"HostIp", one.host ? one.host->text() : "0.0.0.0"},
         {"HostPort", std::to_string(one.host_port)}});
  for (const auto& one : now.relayed)
    result[fmt::format("{}/tcp", one.container_port)].push_back(
        {{"HostIp", one.host}, {"HostPort", std::to_string(one.host_port)}});
  if (is_alive(now))
    for (const auto& port : now.exposed)
      if (!result.contains(port)) result[port] = nullptr;
  return result;
}

json place_on(const attachment& attachment, const std::string& address) {
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
  json result = completed(json::parse(usual_network), place_on(first, now.address()));
  if (now.pid != 0) result["SandboxKey"] = fmt::format("/proc/{}/ns/net", now.pid);
  result["Ports"] = ports_of(now);
  json& places = result["Networks"] = json::object();
  for (const auto& network : spec.networks) {
    json place = completed(json::parse(usual_place),
                           place_on(network, now.address_on(network.network)));
    if (network.address) place["IPAMConfig"] = {{"IPv4Address", network.address->text()}};
    place["Aliases"] = network.aliases;
    place["NetworkID"] = network::find(network.network).id;
    places[network_for_docker(network.network)] = std::move(place);
  }
  if (!spec.on_bridge()) places[network_for_docker(spec.network)] = place_on(first, "");
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

}  // namespace

std::string with_sizes(const std::string& inspected) {
  auto result = files::parse_own<json>(inspected, "the container");
  if (!result.contains("HostConfig")) return inspected;
  const auto written = written_bytes(result.at("Id"));
  result["SizeRw"] = written;
  result["SizeRootFs"] = written + image::size_bytes({result.at("Image")});
  return files::json_text(result);
}

std::string inspect(const std::string& reference) {
  const std::string id = find(reference);
  const state now = reconcile(id);
  const std::string text = container_json(id);
  const container_spec spec = parse_spec(text);
  const auto document = files::parse_own<json>(text, "container.json");
  const auto& command = spec.first.command;
  const json shown{{"Id", id},
                   {"Created", now.created},
                   {"Path", command.at(0)},
                   {"Args", std::vector<std::string>(command.begin() + 1, command.end())},
                   {"State", state_of(id, now)},
                   {"Image", spec.image_id},
                   {"ResolvConfPath", ""},  // the three are in memory, inside
                   {"HostnamePath", ""},
                   {"HostsPath", ""},
                   {"LogPath", spec.keeps_log ? directory_of(id) + "/log" : ""},
                   {"Name", "/" + now.name},
                   {"RestartCount", now.restarts},
                   {"Driver", "overlay2"},
                   {"Platform", "linux"},
                   {"MountLabel", ""},
                   {"ProcessLabel", ""},
                   {"AppArmorProfile", ""},
                   {"ExecIDs", nullptr},
                   {"HostConfig", host_config_of(document)},
                   {"GraphDriver", layers_of(id, spec.image_id)},
                   {"Mounts", mounts_of(spec)},
                   {"Config", make_config(document, spec, id)},
                   {"NetworkSettings", network_of(spec, now)}};
  return files::json_text(shown);
}

}  // namespace zoomin::container
