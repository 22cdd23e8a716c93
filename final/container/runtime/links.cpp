// SPDX-License-Identifier: MIT
#include "container/runtime/links.hpp"
#include "base/field_error.hpp"

#include <fmt/format.h>

#include <utility>

#include "common/error.hpp"
#include "container/reconcile.hpp"
#include "container/spec/fields.hpp"
#include "container/store.hpp"

namespace zoomin::container {

namespace {

std::string address_of(const container_spec& spec, const state& other) {
  for (const auto& network : spec.networks)
    if (auto address = other.address_on(network.network); !address.empty())
      return address;
  return {};
}

host_entry resolved(const container_spec& spec, const host_entry& link) {
  const std::string id = link.address.substr(link_prefix.size());
  const state other = reconcile(find(id));
  if (!is_alive(other))
    throw usage_error(fmt::format("Cannot link to a non running container: {} AS {}",
                                  other.name, link.name),
                      fmt::format("run `zoomin start {}` first", other.name));
  const auto address = address_of(spec, other);
  if (address.empty())
    throw base::field_error(
        "HostConfig.Links",
        fmt::format("{}: the containers have no network in common", other.name),
        "connect them with `zoomin network connect`");
  return {fmt::format("{} {} {}", link.name, id.substr(0, 12), other.name), address};
}

// Adds the binds and volumes of another container, given as "NAME[:ro]".
void add_mounts_of(const std::string& text, json& host) {
  const auto colon = text.find(':');
  const std::string mode = colon == std::string::npos ? "" : text.substr(colon + 1);
  if (!mode.empty() && mode != "ro" && mode != "rw")
    throw base::field_error("HostConfig.VolumesFrom",
                            fmt::format("{}: expected ro or rw", text));
  for (const auto& mount : parse_spec(container_json(find(text.substr(0, colon)))).mounts)
    if (mount.type != requested_mount::kind::tmpfs)
      host["Binds"].push_back(fmt::format("{}:{}:{}{}{}", mount.source, mount.target,
                                          mount.read_only || mode == "ro" ? "ro" : "rw",
                                          mount.propagation.empty() ? "" : ",",
                                          mount.propagation));
}

}  // namespace

void replace_names(create_request& request) {
  json& host = request["HostConfig"];
  if (host.is_null()) host = json::object();
  for (const char* key :
       {"NetworkMode", "PidMode", "IpcMode", "UTSMode", "CgroupnsMode"}) {
    const std::string other = container_in(value<std::string>(host, key, ""));
    if (!other.empty()) host[key] = fmt::format("{}{}", of_container, find(other));
  }
  for (const auto& other : strings(host, "VolumesFrom")) add_mounts_of(other, host);
  host.erase("VolumesFrom");
  if (!host.contains("Links")) return;
  for (auto& link : host["Links"]) {
    const std::string text = link;
    parse_link(text);
    const auto [name, alias] = split_link(text);
    link = find(name) + ":" + alias;
  }
}

std::vector<std::string> linked_by(const container_spec& spec) {
  std::vector<std::string> ids;
  for (const auto& entry : spec.hosts)
    if (entry.address.starts_with(link_prefix))
      ids.push_back(entry.address.substr(link_prefix.size()));
  return ids;
}

void resolve_links(container_spec& spec) {
  for (auto& entry : spec.hosts)
    if (entry.address.starts_with(link_prefix)) entry = resolved(spec, entry);
}

}  // namespace zoomin::container
