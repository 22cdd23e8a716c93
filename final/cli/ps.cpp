// SPDX-License-Identifier: MIT
#include "cli/ps.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ctime>

#include "base/json.hpp"
#include "base/printable.hpp"
#include "cli/lost_rules.hpp"
#include "cli/meanwhile.hpp"
#include "cli/text/table.hpp"
#include "cli/text/template.hpp"
#include "common/error.hpp"
#include "container/lifecycle.hpp"
#include "container/monitor/monitor.hpp"
#include "container/spec/spec.hpp"
#include "container/store.hpp"
#include "docker/filters.hpp"
#include "docker/ports_text.hpp"
#include "docker/units.hpp"
#include "image/image.hpp"
#include "image/store.hpp"
#include "network/network.hpp"

namespace zoomin::cli {

namespace {

struct row {
  std::string id;
  container::state is;
  std::int64_t created = 0;
};

std::string health_text(const std::string& health) {
  if (health.empty()) return {};
  return fmt::format(" ({}{})", health == "starting" ? "health: " : "", health);
}

std::string status_text(const container::state& one, std::int64_t now) {
  const auto since = [&](const std::string& time) {
    return duration_text(now - image::parse_time(time));
  };
  switch (one.is) {
    case container::status::running:
      return fmt::format("Up {}{}{}", since(one.started_at),
                         one.paused ? " (Paused)" : "", health_text(one.health));
    case container::status::restarting:
      return fmt::format("Restarting ({}) {} ago", one.exit_code, since(one.finished_at));
    case container::status::exited:
      return fmt::format("Exited ({}) {} ago", one.exit_code, since(one.finished_at));
    case container::status::created:
      break;
  }
  return "Created";
}

label_map labels_in(const json& container) {
  return container.value("Labels", label_map());
}

// "80", "80-90", "80/udp".
bool is_published(const row& one, const std::string& wanted) {
  const auto slash = wanted.find('/');
  const auto dash = std::min(wanted.find('-'), slash);
  const auto number = [](const std::string& text) {
    if (text.empty() || text.size() > 5 ||
        text.find_first_not_of("0123456789") != std::string::npos)
      throw misuse(fmt::format("--filter publish: \"{}\" is no port", text));
    return std::stoul(text);
  };
  const auto first = number(wanted.substr(0, dash));
  const auto last =
      dash == slash ? first : number(wanted.substr(dash + 1, slash - dash - 1));
  const auto over = slash == std::string::npos ? "" : wanted.substr(slash + 1);
  return std::ranges::any_of(one.is.ports, [&](const net::published_port& port) {
    return port.host_port >= first && port.host_port <= last &&
           (over.empty() || over == port.protocol_text());
  });
}

// Made of that image, or of one that begins with all of its layers.
bool is_made_of(const std::string& image_id, const std::string& ancestor) try {
  const auto wanted = image::find(ancestor);
  if (image_id == wanted.id) return true;
  const auto layers = image::find(image_id).layers;
  return layers.size() > wanted.layers.size() &&
         std::equal(wanted.layers.begin(), wanted.layers.end(), layers.begin());
} catch (const usage_error&) {  // one of them isn't here
  return false;
}

// By name or id; "host" and "none" are no bridges.
std::string network_meant_by(const std::string& text) try {
  return container::meant_network(network::find(text).name);
} catch (const usage_error&) {
  return container::meant_network(text);
}

void require_word(std::string_view key, const std::string& value,
                  std::initializer_list<std::string_view> known) {
  if (std::ranges::find(known, value) == known.end())
    throw misuse(fmt::format("--filter {}={}: expected one of {}", key, value,
                             fmt::join(known, ", ")));
}

void require_sense(const filters& wanted) {
  for (const auto* key : {"before", "since"})
    for (const auto& value : wanted.values(key)) container::find(value);
  for (const auto& value : wanted.values("status"))
    require_word(
        "status", value,
        {"created", "restarting", "running", "removing", "paused", "exited", "dead"});
  for (const auto& value : wanted.values("health"))
    require_word("health", value, {"starting", "healthy", "unhealthy", "none"});
  for (const auto& value : wanted.values("exited"))
    if (value.empty() || value.find_first_not_of("0123456789") != std::string::npos)
      throw misuse(fmt::format("--filter exited={}: expected an exit status", value));
}

// RFC 3339 with nine digits behind the second: earlier is less.
std::string creation_of(const std::string& container) {
  return container::read_state(container::find(container)).created;
}

// Of what only container.json says.
bool meets_more(const row& one, std::string_view key, const std::string& value) {
  const std::string text = container::container_json(one.id);
  if (key == "label")
    return has_label(labels_in(files::parse_own<json>(text, "container.json")), value);
  const auto asked = container::parse_asked(text);
  if (key == "ancestor") return is_made_of(asked.image_id, value);
  if (key == "network") {
    const std::string network = network_meant_by(value);
    return asked.network == network || asked.is_on(network);
  }
  return std::ranges::any_of(asked.mounts, [&](const container::added_mount& mount) {
    return mount.source == value || mount.target == value;
  });
}

bool meets(const row& one, std::string_view key, const std::string& value) {
  if (key == "id") return one.id.starts_with(value);
  if (key == "name")
    return matches(one.is.name, value) || matches("/" + one.is.name, value);
  if (key == "status") return value == container::word_of(one.is);
  if (key == "publish") return is_published(one, value);
  if (key == "before") return one.is.created < creation_of(value);
  if (key == "since") return one.is.created > creation_of(value);
  if (key == "health") return value == (one.is.health.empty() ? "none" : one.is.health);
  if (key == "exited")
    return one.is.is == container::status::exited &&
           std::to_string(one.is.exit_code) == value;
  return meets_more(one, key, value);
}

std::vector<row> all_rows() {
  std::vector<row> all;
  for (const auto& id : container::ids()) {
    unless_removed(id, [&] {
      auto now = container::mended(id);
      const auto created = image::parse_time(now.created);
      all.push_back({id, std::move(now), created});
    });
  }
  std::ranges::stable_sort(
      all, [](const row& a, const row& b) { return a.is.created > b.is.created; });
  return all;
}

constexpr const char* usual =
    "table {{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}"
    "\t{{.Names}}";

// What state.json doesn't say; read only where somebody wants more than the usual.
void put_more(const std::string& id, json& fields) {
  const auto text = container::container_json(id);
  const auto document = files::parse_own<json>(text, "container.json");
  std::string mounts;
  int volumes = 0;
  const auto asked = container::parse_asked(text);
  for (const auto& one : asked.mounts) {
    if (!one.source.empty()) mounts += (mounts.empty() ? "" : ",") + one.source;
    if (one.is == container::added_mount::kind::volume) ++volumes;
  }
  std::string networks = asked.on_bridge() ? "" : asked.network;
  for (const auto& one : asked.networks)
    networks += (networks.empty() ? "" : ",") + container::shown_network(one.network);
  fields["Labels"] = text_of(labels_in(document));
  fields["Mounts"] = mounts;
  fields["Networks"] = networks;
  fields["LocalVolumes"] = std::to_string(volumes);
}

// What it wrote, and with what its image has.
void put_size(const std::string& id, json& fields) {
  const auto own = container::written_bytes(id);
  const auto image = container::parse_asked(container::container_json(id)).image_id;
  fields["Size"] = fmt::format("{} (virtual {})", size_text(own),
                               size_text(own + image::size_bytes({image})));
}

// The rows that are wanted, newest first.
std::vector<row> chosen(const flags& given) {
  container::sweep();
  auto rows = all_rows();
  const filters wanted("ps", given,
                       {"id", "name", "status", "ancestor", "publish", "before", "since",
                        "health", "exited", "label", "network", "volume"});
  require_sense(wanted);
  const bool by_status = wanted.has("status") || wanted.has("exited");
  const bool some = given.on("--latest") || given.has("--last");
  if (!given.on("--all") && !by_status && !some)
    std::erase_if(rows, [](const row& one) { return !container::is_alive(one.is); });
  std::erase_if(rows, [&](const row& one) {
    bool passes = false;
    unless_removed(one.id, [&] {
      passes = wanted.pass([&](auto key, auto& value) { return meets(one, key, value); });
    });
    return !passes;
  });
  if (some) {
    const auto most = given.on("--latest") ? 1 : cli::number(given, "--last");
    if (rows.size() > most) rows.resize(most);
  }
  return rows;
}

int ps(const arguments& words) {
  using enum kind;
  const flags given(
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
  given.expect_no_rest();
  const auto rows = chosen(given);
  const bool whole = given.on("--no-trunc");
  const std::string shape = given.on("--quiet") ? "{{.ID}}" : given.text("--format");
  const bool sizes = given.on("--size") || shape.find(".Size") != std::string::npos;
  std::vector<json> all;
  const std::int64_t now = ::time(nullptr);
  for (const auto& one : rows)
    unless_removed(one.id, [&] {
      auto fields = ps_fields(one.id, one.is, whole, now);
      if (given.has("--format")) put_more(one.id, fields);
      if (sizes) put_size(one.id, fields);
      all.push_back(std::move(fields));
    });
  print(listed(all, ps_headings, shape,
               given.on("--size") ? std::string(usual) + "\t{{.Size}}" : usual));
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

json ps_fields(const std::string& id, const container::state& is, bool whole,
               std::int64_t now) {
  const auto created = image::parse_time(is.created);
  return {
      {"ID", whole ? id : short_id(id)},
      {"Image", is.image},
      {"Command",
       fmt::format("\"{}\"", printable(whole ? is.command : shortened(is.command, 20)))},
      {"CreatedAt", moment_text(created)},
      {"RunningFor", ago_text(created, now)},
      {"Ports", ports_text(is)},
      {"State", container::word_of(is)},
      {"Status", status_text(is, now)},
      {"Names", is.name}};
}

}  // namespace zoomin::cli
