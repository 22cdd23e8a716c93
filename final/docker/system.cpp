// SPDX-License-Identifier: MIT
#include "docker/system.hpp"

#include <fmt/format.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cstdint>
#include <ctime>
#include <exception>
#include <map>
#include <set>
#include <sstream>

#include "04-cgroups/hierarchy.hpp"
#include "base/apparent_size.hpp"
#include "base/json.hpp"
#include "base/printable.hpp"
#include "common/paths.hpp"
#include "common/sys.hpp"
#include "container/lifecycle.hpp"
#include "container/reconcile.hpp"
#include "container/spec/spec.hpp"
#include "container/store.hpp"
#include "docker/containers.hpp"
#include "docker/units.hpp"
#include "image/build_cache.hpp"
#include "image/image.hpp"
#include "volume/volume.hpp"

namespace zoomin::docker {

namespace {

struct share {
  const char* type;
  std::size_t total = 0, active = 0;
  std::uint64_t bytes = 0, active_bytes = 0;

  void add(bool is_active, std::uint64_t size) {
    ++total;
    bytes += size;
    if (!is_active) return;
    ++active;
    active_bytes += size;
  }
};

std::string reclaimable_text(const share& share) {
  const auto rest = share.bytes - share.active_bytes;
  const auto percent =
      share.bytes == 0 ? "" : fmt::format(" ({}%)", rest * 100 / share.bytes);
  return size_text(rest) + percent;
}

constexpr column<share> share_columns[]{
    {"Type", "TYPE", [](auto& share) { return share.type; }},
    {"TotalCount", "TOTAL", [](auto& share) { return share.total; }},
    {"Active", "ACTIVE", [](auto& share) { return share.active; }},
    {"Size", "SIZE", [](auto& share) { return size_text(share.bytes); }},
    {"Reclaimable", "RECLAIMABLE", [](auto& share) { return reclaimable_text(share); }}};

// Lists the containers, and counts how many use an image (by id) or a volume (by name).
struct container_use {
  share written{"Containers"};  // the writable layers
  std::vector<listed_container> containers;
  std::vector<std::uint64_t> sizes;  // of their writable layers
  std::vector<std::size_t> volume_counts;
  std::map<std::string, unsigned> images, volumes;
};

container_use inspect_containers(const on_damage& report) {
  container_use result;
  for (const auto& id : container::ids())
    ignore_if_removed(id, report, [&] {
      const auto state = container::reconcile(id);
      const auto size = container::writable_layer_bytes(id);
      const auto spec = container::parse_spec(container::container_json(id));
      std::set<std::string> volumes;  // a volume that is mounted twice counts once
      for (const auto& mount : spec.mounts)
        if (mount.type == container::requested_mount::kind::volume)
          volumes.insert(mount.source);
      result.written.add(is_alive(state), size);
      result.containers.push_back({id, state});
      result.sizes.push_back(size);
      result.volume_counts.push_back(volumes.size());
      ++result.images[spec.image_id];
      for (const auto& volume : volumes) ++result.volumes[volume];
    });
  return result;
}

unsigned users_of(const std::map<std::string, unsigned>& uses, const std::string& name) {
  const auto found = uses.find(name);
  return found == uses.end() ? 0 : found->second;
}

// Computes the disk usage of the images. A layer that an unused image shares with an
// image in use isn't reclaimable.
share image_share(const container_use& use) {
  const auto lock = image::hold();
  const auto ids = image::ids();
  auto active = ids;
  std::erase_if(active, [&](const auto& id) { return !use.images.contains(id); });
  return {"Images", ids.size(), active.size(), image::size_bytes(ids),
          image::size_bytes(active)};
}

struct image_use_row {
  image::summary image;
  std::uint64_t unique;
  unsigned users;
  std::int64_t now;
};

constexpr column<image_use_row> image_use_columns[]{
    {"Repository", "REPOSITORY", [](auto& r) { return or_none(r.image.repository); }},
    {"Tag", "TAG", [](auto& r) { return or_none(r.image.tag); }},
    {"ID", "IMAGE ID", [](auto& r) { return short_id(r.image.id); }},
    {"CreatedSince", "CREATED", [](auto& r) { return ago_text(r.image.created, r.now); }},
    {"Size", "SIZE", [](auto& r) { return size_text(r.image.size_bytes); }},
    {"SharedSize", "SHARED SIZE",
     [](auto& r) { return size_text(r.image.size_bytes - r.unique); }},
    {"UniqueSize", "UNIQUE SIZE", [](auto& r) { return size_text(r.unique); }},
    {"Containers", "CONTAINERS", [](auto& r) { return r.users; }}};

listing image_details(const container_use& use) {
  const auto lock = image::hold();
  const auto ids = image::ids();
  const auto total = image::size_bytes(ids);
  const std::int64_t now = ::time(nullptr);
  std::vector<image_use_row> rows;
  for (const auto& image : image::list()) {
    auto others = ids;
    others.erase(image.id);
    rows.push_back(
        {image, total - image::size_bytes(others), users_of(use.images, image.id), now});
  }
  return listing_of(image_use_columns, rows);
}

listing container_details(const container_use& use) {
  auto details = container_listing(use.containers, {}, {});
  for (std::size_t at = 0; at < details.rows.size(); ++at) {
    details.rows[at]["LocalVolumes"] = use.volume_counts[at];
    details.rows[at]["Size"] = size_text(use.sizes[at]);
  }
  return details;
}

struct volume_row {
  std::string name;
  unsigned users;
  std::uint64_t bytes;
};

constexpr column<volume_row> volume_use_columns[]{
    {"Name", "VOLUME NAME", [](auto& r) { return r.name; }},
    {"Links", "LINKS", [](auto& r) { return r.users; }},
    {"Size", "SIZE", [](auto& r) { return size_text(r.bytes); }}};

std::vector<volume_row> volume_rows(const container_use& use) {
  std::vector<volume_row> rows;
  for (const auto& volume : volume::list())
    rows.push_back({volume.name, users_of(use.volumes, volume.name),
                    base::apparent_size_of(volume::data_of(volume.name))});
  return rows;
}

share volume_share(const container_use& use) {
  share result{"Local Volumes"};
  for (const auto& volume : volume_rows(use)) result.add(volume.users > 0, volume.bytes);
  return result;
}

// Computes the disk usage of the build cache. A step whose layer is part of an image is
// in use.
share cache_share() {
  share result{"Build Cache"};
  const auto users = image::layer_users();
  for (const auto& step : image::cached_steps())
    if (step.has_layer()) result.add(users.contains(step.diff_id), step.size_bytes);
  return result;
}

}  // namespace

listing disk_usage(const on_damage& report) {
  const auto use = inspect_containers(report);
  std::vector<share> shares{image_share(use), use.written, volume_share(use)};
  if (auto cache = cache_share(); cache.total > 0) shares.push_back(cache);
  return listing_of(share_columns, shares);
}

disk_usage_details detailed_disk_usage(const on_damage& report) {
  const auto use = inspect_containers(report);
  return {image_details(use), container_details(use),
          listing_of(volume_use_columns, volume_rows(use))};
}

namespace {

constexpr std::string_view version_number = "0.1";

struct counts {
  unsigned all = 0, running = 0, paused = 0;
};

counts count_containers(const on_damage& report) {
  counts result;
  for (const auto& id : container::ids()) {
    ignore_if_removed(id, report, [&] {
      const auto now = container::reconcile(id);
      ++result.all;
      if (is_alive(now)) ++(now.paused ? result.paused : result.running);
    });
  }
  return result;
}

// Returns the name of the distribution, os-release(5).
std::string distribution() {
  constexpr std::string_view file = "/etc/os-release", key = "PRETTY_NAME=";
  if (!sys::exists(std::string(file))) return "unknown";
  std::istringstream lines(sys::read_file(std::string(file)));
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(key)) continue;
    auto name = line.substr(key.size());
    std::erase(name, '"');
    return name;
  }
  return "unknown";
}

}  // namespace

json info(const on_damage& report) {
  const auto containers = count_containers(report);
  struct utsname kernel {};
  ::uname(&kernel);
  struct sysinfo memory {};
  ::sysinfo(&memory);
  return {{"Containers", containers.all},
          {"ContainersRunning", containers.running},
          {"ContainersPaused", containers.paused},
          {"ContainersStopped", containers.all - containers.running - containers.paused},
          {"Images", image::ids().size()},
          {"Driver", "overlay2"},
          {"LoggingDriver", "local"},
          {"CgroupDriver", "cgroupfs"},
          {"CgroupVersion", std::to_string(cgroup::hierarchies().front().version)},
          {"SecurityOptions", {"name=seccomp,profile=builtin", "name=cgroupns"}},
          {"KernelVersion", kernel.release},
          {"OperatingSystem", distribution()},
          {"OSType", "linux"},
          {"Architecture", kernel.machine},
          {"NCPU", ::sysconf(_SC_NPROCESSORS_ONLN)},
          {"MemTotal", std::uint64_t{memory.totalram} * memory.mem_unit},
          {"Name", kernel.nodename},
          {"DockerRootDir", root_directory()},
          {"ServerVersion", version_number}};
}

json version() {
  const json program{{"Version", version_number}};
  return {{"Client", program}, {"Server", program}};
}

namespace {

// Returns true if `text` is the object's name, with or without the tag "latest", or the
// beginning of its id.
bool names_actor(const json& actor, const std::string& text) {
  const auto name = actor.at("Attributes").value("name", std::string());
  return name == text || name == text + ":latest" ||
         actor.at("ID").get<std::string>().starts_with(text);
}

bool matches_filter(const json& event, std::string_view key, const std::string& value) {
  if (key == "type") return event.at("Type") == value;
  if (key == "image" && event.at("Type") == "container")
    return event.at("Actor").at("Attributes").at("image") == value;
  if (key == "label") {
    const auto attributes = event.at("Actor").at("Attributes").get<label_map>();
    return has_label(attributes, value);
  }
  if (key != "event")
    return event.at("Type") == key && names_actor(event.at("Actor"), value);
  const auto action = event.at("Action").get<std::string>();
  return action == value || action.substr(0, action.find(':')) == value;
}

}  // namespace

filters event_filters(const std::vector<std::string>& texts) {
  return {texts, {"container", "event", "image", "label", "network", "type", "volume"}};
}

json parse_event(std::string_view line, const filters& filter) try {
  const auto event = base::parse_own<json>(line, "the event");
  const bool passes = filter.pass(
      [&](auto key, auto& value) { return matches_filter(event, key, value); });
  return passes ? event : json();
} catch (const std::exception&) {
  return nullptr;
}

std::string event_text(std::string_view time, const json& event) {
  std::string attributes;
  for (const auto& [key, value] : event.at("Actor").at("Attributes").get<label_map>())
    attributes += fmt::format("{}{}={}", attributes.empty() ? "" : ", ", key, value);
  return base::printable(
      fmt::format("{} {} {} {} ({})", time, event.at("Type").get<std::string>(),
                  event.at("Action").get<std::string>(),
                  event.at("Actor").at("ID").get<std::string>(), attributes));
}

}  // namespace zoomin::docker
