// SPDX-License-Identifier: MIT
// system: system df shows the disk usage of images, containers and volumes.
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <iterator>
#include <map>
#include <set>

#include "base/walk_tree.hpp"
#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/flags.hpp"
#include "cli/ignore_if_removed.hpp"
#include "cli/prune.hpp"
#include "cli/ps.hpp"
#include "cli/text/template.hpp"
#include "container/lifecycle.hpp"
#include "container/reconcile.hpp"
#include "container/runtime/volumes.hpp"
#include "container/spec/spec.hpp"
#include "container/store.hpp"
#include "docker/units.hpp"
#include "image/image.hpp"
#include "volume/volume.hpp"

namespace zoomin::cli {

namespace {

struct share {
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

// Lists the containers, and counts how many use an image (by id) or a volume (by name).
struct disk_use {
  share written;  // the writable layers
  std::vector<json> containers;
  std::map<std::string, unsigned> images, volumes;
};

disk_use inspect_containers() {
  disk_use result;
  const std::int64_t now = ::time(nullptr);
  for (const auto& id : container::ids())
    ignore_if_removed(id, [&] {
      const auto state = container::reconcile(id);
      const auto size = container::written_bytes(id);
      auto fields = ps_fields(id, state, false, now);
      const auto spec = container::parse_spec(container::container_json(id));
      std::set<std::string> volumes;  // a volume that is mounted twice counts once
      for (const auto& mount : spec.mounts)
        if (mount.type == container::requested_mount::kind::volume)
          volumes.insert(mount.source);
      fields["LocalVolumes"] = volumes.size();
      fields["Size"] = size_text(size);
      result.written.add(is_alive(state), size);
      result.containers.push_back(std::move(fields));
      ++result.images[spec.image_id];
      for (const auto& volume : volumes) ++result.volumes[volume];
    });
  return result;
}

// Computes the images' share. A layer that an unused image shares with an image in use
// isn't reclaimable.
share of_images(const disk_use& by) {
  const auto kept = image::hold();
  const auto ids = image::ids();
  auto active = ids;
  std::erase_if(active, [&](const auto& id) { return !by.images.contains(id); });
  return {ids.size(), active.size(), image::size_bytes(ids), image::size_bytes(active)};
}

share of_volumes(const disk_use& by) {
  share result;
  for (const auto& volume : volume::all())
    result.add(by.volumes.contains(volume.name),
               files::size_of(volume::data_of(volume.name)));
  return result;
}

json row(const char* type, const share& share) {
  const auto rest = share.bytes - share.active_bytes;
  const auto percent =
      share.bytes == 0 ? "" : fmt::format(" ({}%)", rest * 100 / share.bytes);
  return {{"Type", type},
          {"TotalCount", share.total},
          {"Active", share.active},
          {"Size", size_text(share.bytes)},
          {"Reclaimable", size_text(rest) + percent}};
}

std::vector<json> image_rows(const disk_use& by) {
  const auto kept = image::hold();
  const auto ids = image::ids();
  const auto together = image::size_bytes(ids);
  const std::int64_t now = ::time(nullptr);
  std::vector<json> rows;
  for (const auto& summary : image::list()) {
    auto others = ids;
    others.erase(summary.id);
    const auto unique = together - image::size_bytes(others);
    const auto users = by.images.find(summary.id);
    rows.push_back({{"Repository", or_none(summary.repository)},
                    {"Tag", or_none(summary.tag)},
                    {"ID", short_id(summary.id)},
                    {"CreatedSince", ago_text(summary.created, now)},
                    {"Size", size_text(summary.size_bytes)},
                    {"SharedSize", size_text(summary.size_bytes - unique)},
                    {"UniqueSize", size_text(unique)},
                    {"Containers", users == by.images.end() ? 0 : users->second}});
  }
  return rows;
}

std::vector<json> volume_rows(const disk_use& by) {
  std::vector<json> rows;
  for (const auto& volume : volume::all()) {
    const auto users = by.volumes.find(volume.name);
    rows.push_back({{"Name", volume.name},
                    {"Links", users == by.volumes.end() ? 0 : users->second},
                    {"Size", size_text(files::size_of(volume::data_of(volume.name)))}});
  }
  return rows;
}

void show(const char* character, const std::vector<json>& rows, const json& headings,
          const char* columns) {
  print(fmt::format("{} space usage:\n\n{}\n", character,
                    listed(rows, headings, "", columns)));
}

int print_details() {
  const auto by = inspect_containers();
  show("Images", image_rows(by),
       {{"Repository", "REPOSITORY"},
        {"Tag", "TAG"},
        {"ID", "IMAGE ID"},
        {"CreatedSince", "CREATED"},
        {"Size", "SIZE"},
        {"SharedSize", "SHARED SIZE"},
        {"UniqueSize", "UNIQUE SIZE"},
        {"Containers", "CONTAINERS"}},
       "table {{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}\t"
       "{{.SharedSize}}\t{{.UniqueSize}}\t{{.Containers}}");
  json headings = ps_headings;
  headings["LocalVolumes"] = "LOCAL VOLUMES";
  show("Containers", by.containers, headings,
       "table {{.ID}}\t{{.Image}}\t{{.Command}}\t{{.LocalVolumes}}\t{{.Size}}\t"
       "{{.RunningFor}}\t{{.Status}}\t{{.Names}}");
  show("Local Volumes", volume_rows(by),
       {{"Name", "VOLUME NAME"}, {"Links", "LINKS"}, {"Size", "SIZE"}},
       "table {{.Name}}\t{{.Links}}\t{{.Size}}");
  return 0;
}

int disk_usage(const arguments& words) {
  const flags options(
      "system df",
      {format_flag,
       {"--verbose", 'v', kind::toggle, "", "list each image, container and volume"}},
      words);
  options.expect_no_rest();
  if (options.on("--verbose")) {
    if (options.has("--format")) throw not_supported("system df --verbose --format");
    return print_details();
  }
  const auto by = inspect_containers();
  const json headings{{"Type", "TYPE"},
                      {"TotalCount", "TOTAL"},
                      {"Active", "ACTIVE"},
                      {"Size", "SIZE"},
                      {"Reclaimable", "RECLAIMABLE"}};
  print(listed({row("Images", of_images(by)), row("Containers", by.written),
                row("Local Volumes", of_volumes(by))},
               headings, options.text("--format"),
               "table {{.Type}}\t{{.TotalCount}}\t{{.Active}}\t{{.Size}}\t"
               "{{.Reclaimable}}"));
  return 0;
}

const command df({"system df"},
                 {"show disk usage", "", "zoomin system df", "zoomin system df -v"},
                 disk_usage);

}  // namespace

}  // namespace zoomin::cli
