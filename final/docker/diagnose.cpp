// SPDX-License-Identifier: MIT
#include "docker/diagnose.hpp"

#include <sys/types.h>
#include <unistd.h>

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/json.hpp"
#include "cgroup/existing.hpp"
#include "cgroup/io.hpp"
#include "common/look.hpp"
#include "container/lifecycle.hpp"
#include "container/reconcile.hpp"
#include "container/spec/spec.hpp"
#include "container/store.hpp"
#include "docker/images.hpp"
#include "docker/inspect_container.hpp"
#include "image/image.hpp"
#include "image/store.hpp"
#include "network/network.hpp"

namespace zoomin::docker {

using namespace container;

using json = nlohmann::ordered_json;

namespace {

json number(std::optional<std::uint64_t> value) {
  return value && *value != cgroup::unlimited ? json(*value) : json();
}

json namespaces_of(const container_spec& spec, const state& now) {
  json namespaces;
  for (const char* name : {"pid", "net", "mnt", "uts", "ipc", "cgroup"}) {
    const auto inode = look::namespace_number(now.pid, name);
    namespaces[name] = {{"Inode", std::stoull(inode)},
                        {"Host", inode == look::namespace_number(::getpid(), name)}};
  }
  json& networks = namespaces["Networks"] = json::array();
  for (const auto& network : spec.networks)
    networks.push_back({{"Name", network_for_docker(network.network)},
                        {"Bridge", network::find(network.network).bridge},
                        {"Address", now.address_on(network.network)}});
  json& ports = namespaces["Ports"] = json::array();
  for (const auto& port : now.ports) ports.push_back(port.text());
  return namespaces;
}

json cgroup_of(const std::string& id, const container_spec& spec) {
  const auto group = cgroup::open(id, spec.cgroup_parent);
  const auto used = group.read();
  const auto io = cgroup::read_io(group);
  const auto events = group.read_events();
  return {{"Directories", group.directories()},
          {"Limits",
           {{"Memory", number(used.memory_limit_bytes)},
            {"Quota", number(used.cpu_quota_us)},
            {"Period", cgroup::cpu_period_us},
            {"Pids", number(used.pids_limit)}}},
          {"Usage",
           {{"Memory", used.needed_memory_bytes()},
            {"MemoryPeak", number(used.memory_peak_bytes)},
            {"CpuTime", used.cpu_time_us},
            {"Pids", used.pids},
            {"Read", number(io.read_bytes)},
            {"Written", number(io.written_bytes)}}},
          {"Met",
           {{"OomKills", events.oom_kills},
            {"MemoryLimit", events.memory_limit},
            {"PidsLimit", events.pids_limit}}},
          {"Throttling", {{"Periods", used.cpu_periods}, {"Waited", used.throttled_us}}}};
}

json filesystem_of(const std::string& id, const container_spec& spec) {
  json layers = json::array();
  const auto image = base::parse_own<json>(inspect_image(spec.image_id), "the image");
  for (const std::string layer : image.at("RootFS").at("Layers"))
    layers.push_back(
        {{"Directory", image::layer_tree(layer)}, {"Size", image::layer_size(layer)}});
  return {{"Layers", layers},
          {"Writable",
           {{"Directory", directory_of(id) + "/layer/upper"},
            {"Size", writable_layer_bytes(id)}}},
          {"Mounts",
           base::parse_own<json>(inspect_container(id), "the container").at("Mounts")}};
}

}  // namespace

std::string diagnose(const std::string& reference) {
  const std::string id = find(reference);
  const state now = reconcile(id);
  const container_spec spec = parse_spec(container_json(id));
  const bool runs = now.status == status::running;
  const json shown{{"Id", id},
                   {"Name", now.name},
                   {"Namespaces", runs ? namespaces_of(spec, now) : json()},
                   {"Cgroup", runs ? cgroup_of(id, spec) : json()},
                   {"Filesystem", filesystem_of(id, spec)}};
  return base::json_text(shown);
}

}  // namespace zoomin::docker
