// SPDX-License-Identifier: MIT
#include "container/runtime/links.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/json.hpp"
#include "common/error.hpp"
#include "container/reconcile.hpp"
#include "container/store.hpp"

namespace zoomin::container {

using json = nlohmann::ordered_json;

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

std::string with_linked_ids(const std::string& request) {
  if (request.find("\"Links\"") == std::string::npos) return request;  // the usual case
  auto spec_json = files::parse_own<json>(request, "the request");
  for (auto& link : spec_json["HostConfig"]["Links"]) {
    const std::string text = link;
    parse_link(text);
    const auto [name, alias] = split_link(text);
    link = find(name) + ":" + alias;
  }
  return files::json_text(spec_json);
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
