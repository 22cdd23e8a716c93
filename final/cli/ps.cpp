// SPDX-License-Identifier: MIT
#include "cli/ps.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ctime>

#include "base/json.hpp"
#include "base/printable.hpp"
#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/filters.hpp"
#include "cli/ignore_if_removed.hpp"
#include "cli/lost_rules.hpp"
#include "cli/text/table.hpp"
#include "cli/text/template.hpp"
#include "common/error.hpp"
#include "container/lifecycle.hpp"
#include "container/reconcile.hpp"
#include "container/spec/spec.hpp"
#include "container/store.hpp"
#include "docker/ports_text.hpp"
#include "docker/units.hpp"
#include "image/image.hpp"
#include "image/store.hpp"
#include "network/network.hpp"

namespace zoomin::cli {

namespace {

struct row {
  std::string id;
  container::state state;
  std::int64_t created = 0;
};

std::string health_text(const std::string& health) {
  if (health.empty()) return {};
  return fmt::format(" ({}{})", health == "starting" ? "health: " : "", health);
}

std::string status_text(const container::state& state, std::int64_t now) {
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

label_map labels_in(const json& container) {
  return container.value("Labels", label_map());
}

// Returns true if a host port of the container matches: "80", "80-90" or "80/udp".
bool is_published(const row& row, const std::string& wanted) {
  const auto slash = wanted.find('/');
  const auto dash = std::min(wanted.find('-'), slash);
  const auto number = [](const std::string& text) {
    if (text.empty() || text.size() > 5 ||
        text.find_first_not_of("0123456789") != std::string::npos)
      throw misuse(fmt::format("--filter publish: \"{}\" is not a port", text));
    return std::stoul(text);
  };
  const auto first = number(wanted.substr(0, dash));
  const auto last =
      dash == slash ? first : number(wanted.substr(dash + 1, slash - dash - 1));
  const auto over = slash == std::string::npos ? "" : wanted.substr(slash + 1);
  return std::ranges::any_of(row.state.ports, [&](const net::published_port& port) {
    return port.host_port >= first && port.host_port <= last &&
           (over.empty() || over == port.protocol_text());
  });
}

// Returns true if the image is `ancestor`, or is built on top of all of its layers.
bool is_made_of(const std::string& image_id, const std::string& ancestor) try {
  const auto base = image::find(ancestor);
  if (image_id == base.id) return true;
  const auto layers = image::find(image_id).layers;
  return layers.size() > base.layers.size() &&
         std::equal(base.layers.begin(), base.layers.end(), layers.begin());
} catch (const usage_error&) {  // one of the images doesn't exist
  return false;
}

// Resolves a network by name or id, also "host" and "none".
std::string network_meant_by(const std::string& text) try {
  return container::network_from_docker(network::find(text).name);
} catch (const usage_error&) {
  return container::network_from_docker(text);
}

void require_word(std::string_view key, const std::string& value,
                  std::initializer_list<std::string_view> known) {
  if (std::ranges::find(known, value) == known.end())
    throw misuse(fmt::format("--filter {}={}: expected one of {}", key, value,
                             fmt::join(known, ", ")));
}

void validate(const filters& filter) {
  for (const auto* key : {"before", "since"})
    for (const auto& value : filter.values(key)) container::find(value);
  for (const auto& value : filter.values("status"))
    require_word(
        "status", value,
        {"created", "restarting", "running", "removing", "paused", "exited", "dead"});
  for (const auto& value : filter.values("health"))
    require_word("health", value, {"starting", "healthy", "unhealthy", "none"});
  for (const auto& value : filter.values("exited"))
    if (value.empty() || value.find_first_not_of("0123456789") != std::string::npos)
      throw misuse(fmt::format("--filter exited={}: expected an exit status", value));
}

// Returns the time in RFC 3339 with nine digits of fractions, so that texts compare like
// times.
std::string creation_of(const std::string& container) {
  return container::read_state(container::find(container)).created;
}

// Tests the filters that need container.json.
bool meets_more(const row& row, std::string_view key, const std::string& value) {
  const std::string text = container::container_json(row.id);
  if (key == "label")
    return has_label(labels_in(files::parse_own<json>(text, "container.json")), value);
  const auto spec = container::parse_spec(text);
  if (key == "ancestor") return is_made_of(spec.image_id, value);
  if (key == "network") {
    const std::string network = network_meant_by(value);
    return spec.network == network || spec.is_on(network);
  }
  return std::ranges::any_of(spec.mounts, [&](const container::requested_mount& mount) {
    return mount.source == value || mount.target == value;
  });
}

bool meets(const row& row, std::string_view key, const std::string& value) {
  if (key == "id") return row.id.starts_with(value);
  if (key == "name")
    return matches(row.state.name, value) || matches("/" + row.state.name, value);
  if (key == "status") return value == container::display_status(row.state);
  if (key == "publish") return is_published(row, value);
  if (key == "before") return row.state.created < creation_of(value);
  if (key == "since") return row.state.created > creation_of(value);
  if (key == "health")
    return value == (row.state.health.empty() ? "none" : row.state.health);
  if (key == "exited")
    return row.state.status == container::status::exited &&
           std::to_string(row.state.exit_code) == value;
  return meets_more(row, key, value);
}

std::vector<row> all_rows() {
  std::vector<row> rows;
  for (const auto& id : container::ids()) {
    ignore_if_removed(id, [&] {
      auto now = container::reconcile(id);
      const auto created = image::parse_time(now.created);
      rows.push_back({id, std::move(now), created});
    });
  }
  std::ranges::stable_sort(
      rows, [](const row& a, const row& b) { return a.state.created > b.state.created; });
  return rows;
}

constexpr const char* default_columns =
    "table {{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}"
    "\t{{.Names}}";

// Adds the columns that state.json doesn't hold. Called only for --format.
void put_columns_from_spec(const std::string& id, json& fields) {
  const auto text = container::container_json(id);
  const auto document = files::parse_own<json>(text, "container.json");
  std::string mounts;
  int volumes = 0;
  const auto spec = container::parse_spec(text);
  for (const auto& mount : spec.mounts) {
    if (!mount.source.empty()) mounts += (mounts.empty() ? "" : ",") + mount.source;
    if (mount.type == container::requested_mount::kind::volume) ++volumes;
  }
  std::string networks = spec.on_bridge() ? "" : spec.network;
  for (const auto& network : spec.networks)
    networks +=
        (networks.empty() ? "" : ",") + container::network_for_docker(network.network);
  fields["Labels"] = text_of(labels_in(document));
  fields["Mounts"] = mounts;
  fields["Networks"] = networks;
  fields["LocalVolumes"] = std::to_string(volumes);
}

// Adds the size of the writable layer, alone and together with the image.
void put_size(const std::string& id, json& fields) {
  const auto own = container::written_bytes(id);
  const auto image = container::parse_spec(container::container_json(id)).image_id;
  fields["Size"] = fmt::format("{} (virtual {})", size_text(own),
                               size_text(own + image::size_bytes({image})));
}

// Returns the rows that the flags select, newest first.
std::vector<row> chosen(const flags& options) {
  container::sweep();
  auto rows = all_rows();
  const filters filter("ps", options,
                       {"id", "name", "status", "ancestor", "publish", "before", "since",
                        "health", "exited", "label", "network", "volume"});
  validate(filter);
  const bool by_status = filter.has("status") || filter.has("exited");
  const bool some = options.on("--latest") || options.has("--last");
  if (!options.on("--all") && !by_status && !some)
    std::erase_if(rows, [](const row& one) { return !container::is_alive(one.state); });
  std::erase_if(rows, [&](const row& one) {
    bool passes = false;
    ignore_if_removed(one.id, [&] {
      passes = filter.pass([&](auto key, auto& value) { return meets(one, key, value); });
    });
    return !passes;
  });
  if (some) {
    const auto most = options.on("--latest") ? 1 : cli::number(options, "--last");
    if (rows.size() > most) rows.resize(most);
  }
  return rows;
}

int ps(const arguments& words) {
  using enum kind;
  const flags options(
      "ps",
      {{"--all", 'a', toggle, "", "show all containers (default shows just running)"},
       quiet_flag,
       no_trunc_flag,
       {"--latest", 'l', toggle, "", "show the latest created container"},
       {"--last", 'n', text, "", "show the last N created containers"},
       format_flag,
       filter_flag,
       {"--size", 's', toggle, "", "show file sizes"}},
      words);
  options.expect_no_rest();
  const auto rows = chosen(options);
  const bool whole = options.on("--no-trunc");
  const std::string shape = options.on("--quiet") ? "{{.ID}}" : options.text("--format");
  const bool sizes = options.on("--size") || shape.find(".Size") != std::string::npos;
  std::vector<json> listed_rows;
  const std::int64_t now = ::time(nullptr);
  for (const auto& row : rows)
    ignore_if_removed(row.id, [&] {
      auto fields = ps_fields(row.id, row.state, whole, now);
      if (options.has("--format")) put_columns_from_spec(row.id, fields);
      if (sizes) put_size(row.id, fields);
      listed_rows.push_back(std::move(fields));
    });
  print(listed(listed_rows, ps_headings, shape,
               options.on("--size") ? std::string(default_columns) + "\t{{.Size}}"
                                    : default_columns));
  warn_of_lost_rules();
  return 0;
}

const command ps_command({"ps", "container ls", "container list", "container ps"},
                         {"list containers", "", "zoomin ps -a",
                          "zoomin ps -f status=exited --format '{{.Names}}'"},
                         ps);

}  // namespace

const json ps_headings{{"ID", "CONTAINER ID"},    {"Image", "IMAGE"},
                       {"Command", "COMMAND"},    {"CreatedAt", "CREATED AT"},
                       {"RunningFor", "CREATED"}, {"Ports", "PORTS"},
                       {"State", "STATE"},        {"Status", "STATUS"},
                       {"Names", "NAMES"},        {"Size", "SIZE"},
                       {"Labels", "LABELS"},      {"Mounts", "MOUNTS"},
                       {"Networks", "NETWORKS"},  {"LocalVolumes", "LOCAL VOLUMES"}};

json ps_fields(const std::string& id, const container::state& state, bool whole,
               std::int64_t now) {
  const auto created = image::parse_time(state.created);
  return {{"ID", whole ? id : short_id(id)},
          {"Image", state.image},
          {"Command",
           fmt::format("\"{}\"",
                       printable(whole ? state.command : shortened(state.command, 20)))},
          {"CreatedAt", date_text(created)},
          {"RunningFor", ago_text(created, now)},
          {"Ports", ports_text(state)},
          {"State", container::display_status(state)},
          {"Status", status_text(state, now)},
          {"Names", state.name}};
}

}  // namespace zoomin::cli
