// SPDX-License-Identifier: MIT
#include "docker/containers.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ctime>
#include <tuple>
#include <utility>

#include "base/printable.hpp"
#include "common/text.hpp"
#include "container/lifecycle.hpp"
#include "container/reconcile.hpp"
#include "container/spec/spec.hpp"
#include "container/store.hpp"
#include "docker/filters.hpp"
#include "docker/units.hpp"
#include "image/image.hpp"
#include "image/store.hpp"
#include "network/network.hpp"

namespace zoomin::docker {

namespace {

using container::container_spec;
using container::requested_mount;
using container::state;

// Returns true if a published port of the container matches `ports`: "80", "80-90" or
// "80/udp".
bool is_published(const state& state, const std::string& ports) {
  const auto number = [](const std::string& text) {
    if (const auto port = text::whole_number<std::uint16_t>(text)) return *port;
    throw filter_error(fmt::format("--filter publish: \"{}\" is not a port", text));
  };
  const auto halves = text::cut(ports, '/');
  const std::string& range = halves.first;
  const std::string& protocol = halves.second;
  const auto [begin, end] = text::cut(range, '-');
  const auto first = number(begin), last = begin == range ? first : number(end);
  return std::ranges::any_of(state.ports, [&](const network::port_binding& port) {
    return port.host_port >= first && port.host_port <= last &&
           (protocol.empty() || protocol == port.protocol_text());
  });
}

// Returns true if the image is `ancestor`, or contains all of its layers at the bottom.
bool is_based_on(const std::string& image_id, const std::string& ancestor) try {
  const auto base = image::find(ancestor);
  if (image_id == base.id) return true;
  const auto layers = image::find(image_id).layers;
  return layers.size() > base.layers.size() &&
         std::equal(base.layers.begin(), base.layers.end(), layers.begin());
} catch (const usage_error&) {  // one of the images doesn't exist
  return false;
}

// Returns the name that a container's spec has for a network, given by name or id.
// Accepts "host" and "none" too.
std::string resolve_network(const std::string& text) try {
  return container::network_from_docker(network::find(text).name);
} catch (const usage_error&) {
  return container::network_from_docker(text);
}

void validate(const filters& filter) {
  for (const auto* key : {"before", "since"})
    for (const auto& value : filter.values(key)) container::find(value);
  filter.require_words("status", {"created", "restarting", "running", "removing",
                                  "paused", "exited", "dead"});
  filter.require_words("health", {"starting", "healthy", "unhealthy", "none"});
  for (const auto& value : filter.values("exited"))
    if (!text::whole_number(value))
      throw filter_error(
          fmt::format("--filter exited={}: expected an exit status", value));
}

// Returns the time in RFC 3339 with nine digits of fractions, so that such texts compare
// as the times do.
std::string creation_time(const std::string& container) {
  return container::read_state(container::find(container)).created;
}

// Tests the filters that need container.json.
bool matches_spec_filter(const std::string& id, std::string_view key,
                         const std::string& value) {
  const auto spec = container::parse_spec(container::container_json(id));
  if (key == "label") return has_label(spec.labels, value);
  if (key == "ancestor") return is_based_on(spec.image_id, value);
  if (key == "network") {
    const std::string network = resolve_network(value);
    return spec.network == network || spec.is_on(network);
  }
  return std::ranges::any_of(spec.mounts, [&](const requested_mount& mount) {
    return mount.source == value || mount.target == value;
  });
}

bool matches_filter(const listed_container& listed, std::string_view key,
                    const std::string& value) {
  const auto& state = listed.state;
  if (key == "id") return listed.id.starts_with(value);
  if (key == "name")
    return matches(state.name, value) || matches("/" + state.name, value);
  if (key == "status") return value == container::display_status(state);
  if (key == "publish") return is_published(state, value);
  if (key == "before") return state.created < creation_time(value);
  if (key == "since") return state.created > creation_time(value);
  if (key == "health") return value == (state.health.empty() ? "none" : state.health);
  if (key == "exited")
    return state.status == container::status::exited &&
           std::to_string(state.exit_code) == value;
  return matches_spec_filter(listed.id, key, value);
}

std::vector<listed_container> all_containers(const on_damage& report) {
  std::vector<listed_container> containers;
  for (const auto& id : container::ids())
    ignore_if_removed(id, report, [&] {
      containers.push_back({id, container::reconcile(id)});
    });
  std::ranges::stable_sort(containers, [](const auto& a, const auto& b) {
    return a.state.created > b.state.created;
  });
  return containers;
}

std::string health_text(const std::string& health) {
  if (health.empty()) return {};
  return fmt::format(" ({}{})", health == "starting" ? "health: " : "", health);
}

// Holds the data from which a container's columns are made.
struct container_row {
  std::string id;
  container::state state;
  std::int64_t now;
  bool no_trunc;
  std::optional<container_spec> spec{};
  std::optional<std::string> size{};
};

std::string command_text(const container_row& row) {
  const auto& command = row.state.command;
  return fmt::format("\"{}\"",
                     base::printable(row.no_trunc ? command : shortened(command, 20)));
}

std::string mounts_text(const container_spec& spec) {
  std::string text;
  for (const auto& mount : spec.mounts)
    if (!mount.source.empty()) text += (text.empty() ? "" : ",") + mount.source;
  return text;
}

std::string networks_text(const container_spec& spec) {
  std::string text = spec.on_bridge() ? "" : spec.network;
  for (const auto& network : spec.networks)
    text += (text.empty() ? "" : ",") + container::network_for_docker(network.network);
  return text;
}

std::string volume_count(const container_spec& spec) {
  constexpr auto volume = requested_mount::kind::volume;
  return std::to_string(std::ranges::count(spec.mounts, volume, &requested_mount::type));
}

// Returns the value of a column that is made from the spec; null if the spec wasn't read.
template <typename Text>
json from_spec(const container_row& row, const Text& text) {
  return row.spec ? json(text(*row.spec)) : json();
}

std::string labels_text(const container_spec& spec) { return text_of(spec.labels); }

constexpr column<container_row> ps_columns[]{
    {"ID", "CONTAINER ID", [](auto& r) { return id_text(r.id, r.no_trunc); }},
    {"Image", "IMAGE", [](auto& r) { return r.state.image; }},
    {"Command", "COMMAND", [](auto& r) { return command_text(r); }},
    {"CreatedAt", "CREATED AT",
     [](auto& r) { return date_text(image::parse_time(r.state.created)); }},
    {"RunningFor", "CREATED",
     [](auto& r) { return ago_text(image::parse_time(r.state.created), r.now); }},
    {"Ports", "PORTS", [](auto& r) { return ports_text(r.state); }},
    {"State", "STATE", [](auto& r) { return container::display_status(r.state); }},
    {"Status", "STATUS", [](auto& r) { return status_text(r.state, r.now); }},
    {"Names", "NAMES", [](auto& r) { return r.state.name; }},
    {"Labels", "LABELS", [](auto& r) { return from_spec(r, labels_text); }},
    {"Mounts", "MOUNTS", [](auto& r) { return from_spec(r, mounts_text); }},
    {"Networks", "NETWORKS", [](auto& r) { return from_spec(r, networks_text); }},
    {"LocalVolumes", "LOCAL VOLUMES", [](auto& r) { return from_spec(r, volume_count); }},
    {"Size", "SIZE", [](auto& r) { return r.size ? json(*r.size) : json(); }}};

// Returns the size of the writable layer, and its size together with the image.
std::string size_text_of(const std::string& id) {
  const auto own = container::writable_layer_bytes(id);
  const auto image = container::parse_spec(container::container_json(id)).image_id;
  return fmt::format("{} (virtual {})", size_text(own),
                     size_text(own + image::size_bytes({image})));
}

}  // namespace

bool ignore_if_removed(const std::string& id, const on_damage& report,
                       const std::function<void()>& action) {
  try {
    action();
  } catch (const filter_error&) {
    throw;
  } catch (const std::exception& failure) {
    if (!container::exists(id)) return true;
    report(usage_error(fmt::format("{}: {}", short_id(id), failure.what())));
    return false;
  }
  return true;
}

std::vector<listed_container> list_containers(const container_query& query,
                                              const on_damage& report) {
  container::sweep();
  auto containers = all_containers(report);
  const filters filter(query.filters,
                       {"id", "name", "status", "ancestor", "publish", "before", "since",
                        "health", "exited", "label", "network", "volume"});
  validate(filter);
  const bool running_only =
      !query.all && !query.last && !filter.has("status") && !filter.has("exited");
  std::erase_if(containers, [&](const listed_container& listed) {
    if (running_only && !container::is_alive(listed.state)) return true;
    bool passes = false;
    ignore_if_removed(listed.id, report, [&] {
      passes = filter.pass(
          [&](auto key, auto& value) { return matches_filter(listed, key, value); });
    });
    return !passes;
  });
  if (query.last && containers.size() > *query.last) containers.resize(*query.last);
  return containers;
}

listing container_listing(const std::vector<listed_container>& containers,
                          const container_columns& columns, const on_damage& report) {
  std::vector<container_row> rows;
  const std::int64_t now = ::time(nullptr);
  for (const auto& listed : containers)
    ignore_if_removed(listed.id, report, [&] {
      container_row next{listed.id, listed.state, now, columns.no_trunc};
      if (columns.with_spec)
        next.spec = container::parse_spec(container::container_json(listed.id));
      if (columns.with_size) next.size = size_text_of(listed.id);
      rows.push_back(std::move(next));
    });
  return listing_of(ps_columns, rows);
}

std::string status_text(const state& state, std::int64_t now) {
  const auto since = [&](const std::string& time) {
    return duration_text(now - image::parse_time(time));
  };
  switch (state.status) {
    case container::status::running:
      return fmt::format("Up {}{}{}", since(state.started_at),
                         state.paused ? " (Paused)" : "", health_text(state.health));
    case container::status::restarting:
      return fmt::format("Restarting ({}) {} ago", state.exit_code,
                         since(state.finished_at));
    case container::status::exited:
      return fmt::format("Exited ({}) {} ago", state.exit_code, since(state.finished_at));
    case container::status::created:
      break;
  }
  return "Created";
}

namespace {

struct port {
  std::uint16_t container_port = 0;
  std::string host_ip;  // empty if the port is only exposed
  std::uint16_t host_port = 0;
  std::string protocol;
  [[nodiscard]] auto order() const {
    return std::tie(container_port, host_ip, host_port, protocol);
  }
};

// Parses an exposed port such as "80/tcp".
port parse_exposed(const std::string& exposed) {
  auto [number, protocol] = text::cut(exposed, '/');
  return {text::whole_number<std::uint16_t>(number).value_or(0), "", 0,
          protocol.empty() ? "tcp" : std::move(protocol)};
}

std::vector<port> ports_of(const container::state& state) {
  std::vector<port> ports;
  for (const auto& each : state.ports) {
    const auto outer = each.outer();
    ports.push_back({each.container_port, outer.substr(0, outer.rfind(':')),
                     each.host_port, each.protocol_text()});
  }
  const auto published = ports.size();
  for (const auto& text : is_alive(state) ? state.exposed : std::vector<std::string>()) {
    const port exposed = parse_exposed(text);
    const auto end = ports.begin() + static_cast<std::ptrdiff_t>(published);
    if (std::none_of(ports.begin(), end, [&](const port& other) {
          return other.container_port == exposed.container_port &&
                 other.protocol == exposed.protocol;
        }))
      ports.push_back(exposed);
  }
  std::ranges::sort(ports, {}, &port::order);
  return ports;
}

// Holds consecutive ports, each with the same number on both sides, or only exposed.
struct group {
  std::string host_ip, protocol;
  unsigned first = 0, last = 0;
  [[nodiscard]] std::string text() const {
    const auto range =
        first == last ? std::to_string(first) : fmt::format("{}-{}", first, last);
    return host_ip.empty() ? fmt::format("{}/{}", range, protocol)
                           : fmt::format("{}:{}->{}/{}", host_ip, range, range, protocol);
  }
};

}  // namespace

std::string ports_text(const container::state& state) {
  std::vector<group> open;  // one for each address and protocol
  std::vector<std::string> texts, separate;
  for (const auto& each : ports_of(state)) {
    if (!each.host_ip.empty() && each.host_port != each.container_port) {
      separate.push_back(fmt::format("{}:{}->{}/{}", each.host_ip, each.host_port,
                                     each.container_port, each.protocol));
      continue;
    }
    const auto found = std::ranges::find_if(open, [&](const group& other) {
      return other.host_ip == each.host_ip && other.protocol == each.protocol;
    });
    const group next{each.host_ip, each.protocol, each.container_port,
                     each.container_port};
    if (found == open.end()) {
      open.push_back(next);
    } else if (each.container_port == found->last + 1) {
      found->last = each.container_port;
    } else {
      texts.push_back(std::exchange(*found, next).text());
    }
  }
  for (const auto& left : open) texts.push_back(left.text());
  texts.insert(texts.end(), separate.begin(), separate.end());
  return fmt::format("{}", fmt::join(texts, ", "));
}

std::string published_text(const container::state& state,
                           const std::string& private_port) {
  const bool has_protocol = private_port.find('/') != std::string::npos;
  const std::string selected =
      private_port.empty() || has_protocol ? private_port : private_port + "/tcp";
  std::string text;
  for (const auto& port : state.ports)
    if (selected.empty())
      text += fmt::format("{} -> {}\n", port.inner(), port.outer());
    else if (selected == port.inner())
      text += port.outer() + "\n";
  return text;
}

}  // namespace zoomin::docker
