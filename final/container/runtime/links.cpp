// SPDX-License-Identifier: MIT
#include "container/runtime/links.hpp"

#include <fmt/format.h>

#include <utility>

#include "common/error.hpp"
#include "container/reconcile.hpp"
#include "container/spec/json.hpp"
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
    throw usage_error(
        fmt::format("--link {}: the containers have no network in common", other.name),
        "connect them with `zoomin network connect`");
  return {fmt::format("{} {} {}", link.name, id.substr(0, 12), other.name), address};
}

}  // namespace

void replace_names(create_request& request) {
  const auto host = request.find("HostConfig");
  if (host == request.end()) return;
  for (const char* key :
       {"NetworkMode", "PidMode", "IpcMode", "UTSMode", "CgroupnsMode"}) {
    const std::string other = container_in(value<std::string>(*host, key, ""));
    if (!other.empty()) (*host)[key] = fmt::format("{}{}", of_container, find(other));
  }
  if (!host->contains("Links")) return;
  for (auto& link : (*host)["Links"]) {
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
