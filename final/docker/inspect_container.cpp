// SPDX-License-Identifier: MIT
#include "docker/inspect_container.hpp"

#include <fmt/format.h>

#include "base/json.hpp"
#include "container/lifecycle.hpp"
#include "container/monitor/monitor.hpp"
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
  if (!now.health.empty())
    all["Health"] = files::parse_json<json>(health_json(id), "health.json");
  return all;
}

json mounts_of(const asked& wanted) {
  json all = json::array();
  using kind = added_mount::kind;
  for (const auto& one : wanted.mounts) {
    json shown{{"Type", one.is == kind::bind     ? "bind"
                        : one.is == kind::volume ? "volume"
                                                 : "tmpfs"}};
    if (one.is == kind::volume) shown.update({{"Name", one.source}, {"Driver", "local"}});
    shown.update(
        {{"Source", one.is == kind::volume ? volume::data_of(one.source) : one.source},
         {"Destination", one.target},
         {"Mode", one.read_only ? "ro" : ""},
         {"RW", !one.read_only},
         {"Propagation", one.is != kind::bind      ? ""
                         : one.propagation.empty() ? "rprivate"
                                                   : one.propagation}});
    all.push_back(std::move(shown));
  }
  return all;
}

// What wasn't asked for shows Docker's word for that.
json completed(json usual, const json& asked_for) {
  usual.update(asked_for);
  return usual;
}

// Config is what isn't HostConfig, without our own words for what is elsewhere.
json config_of(json document, const asked& wanted, const std::string& id) {
  document.erase("HostConfig");
  document.erase("ImageID");
  document.erase("AnonymousVolumes");
  if (!document.contains("Hostname") || document["Hostname"].empty() ||
      document["Hostname"].get<std::string>().empty())
    document["Hostname"] = id.substr(0, 12);
  for (const auto& port : wanted.ports)
    document["ExposedPorts"][fmt::format("{}/{}", port.container_port,
                                         port.protocol_text())] = json::object();
  return completed(json::parse(usual_config), document);
}

json host_config_of(const json& document) {
  auto all = completed(json::parse(usual_host_config), document.at("HostConfig"));
  // The log's format is always our own, whatever driver was named. Docker calls such a
  // driver "local".
  if (all["LogConfig"].value("Type", "") == "json-file")
    all["LogConfig"]["Type"] = "local";
  if (all["MemorySwap"] == 0) all["MemorySwap"] = all["Memory"];  // so no swap
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
  if (is_alive(now))
    for (const auto& port : now.exposed)
      if (!all.contains(port)) all[port] = nullptr;
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
  json all = completed(json::parse(usual_network), place_on(first, now.address()));
  if (now.pid != 0) all["SandboxKey"] = fmt::format("/proc/{}/ns/net", now.pid);
  all["Ports"] = ports_of(now);
  json& places = all["Networks"] = json::object();
  for (const auto& one : wanted.networks) {
    json place =
        completed(json::parse(usual_place), place_on(one, now.address_on(one.network)));
    if (one.address) place["IPAMConfig"] = {{"IPv4Address", one.address->text()}};
    place["Aliases"] = one.aliases;
    place["NetworkID"] = network::find(one.network).id;
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

std::string with_sizes(const std::string& inspected) {
  auto all = files::parse_own<json>(inspected, "the container");
  if (!all.contains("HostConfig")) return inspected;
  const auto written = written_bytes(all.at("Id"));
  all["SizeRw"] = written;
  all["SizeRootFs"] = written + image::size_bytes({all.at("Image")});
  return files::json_text(all);
}

std::string inspect(const std::string& reference) {
  const std::string id = find(reference);
  const state now = mended(id);
  const std::string text = container_json(id);
  const asked wanted = parse_asked(text);
  const auto document = files::parse_own<json>(text, "container.json");
  const auto& command = wanted.first.command;
  const json shown{{"Id", id},
                   {"Created", now.created},
                   {"Path", command.at(0)},
                   {"Args", std::vector<std::string>(command.begin() + 1, command.end())},
                   {"State", state_of(id, now)},
                   {"Image", wanted.image_id},
                   {"ResolvConfPath", ""},  // the three are in memory, inside
                   {"HostnamePath", ""},
                   {"HostsPath", ""},
                   {"LogPath", wanted.keeps_log ? directory_of(id) + "/log" : ""},
                   {"Name", "/" + now.name},
                   {"RestartCount", now.restarts},
                   {"Driver", "overlay2"},
                   {"Platform", "linux"},
                   {"MountLabel", ""},
                   {"ProcessLabel", ""},
                   {"AppArmorProfile", ""},
                   {"ExecIDs", nullptr},
                   {"HostConfig", host_config_of(document)},
                   {"GraphDriver", layers_of(id, wanted.image_id)},
                   {"Mounts", mounts_of(wanted)},
                   {"Config", config_of(document, wanted, id)},
                   {"NetworkSettings", network_of(wanted, now)}};
  return files::json_text(shown);
}

}  // namespace zoomin::container
