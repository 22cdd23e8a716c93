// SPDX-License-Identifier: MIT
// system df: what images, containers and volumes take on the disk.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "cli/flags.hpp"
#include "cli/format.hpp"
#include "cli/meanwhile.hpp"
#include "cli/units.hpp"
#include "cli/unused.hpp"
#include "container/lifecycle.hpp"
#include "container/monitor.hpp"
#include "container/store.hpp"
#include "container/volumes.hpp"
#include "files/walk.hpp"
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

// A layer that an image in use shares with one that isn't can't be won back.
share of_images() {
  const auto kept = image::hold();
  const auto used = used_images();
  const auto all = image::ids();
  std::set<std::string> active;
  std::ranges::set_intersection(all, used, std::inserter(active, active.end()));
  return {all.size(), active.size(), image::size_bytes(all), image::size_bytes(active)};
}

share of_containers() {
  share all;
  for (const auto& id : container::ids()) {
    unless_removed(id, [&] {
      all.add(is_alive(container::mended(id)), container::written_bytes(id));
    });
  }
  return all;
}

share of_volumes() {
  share all;
  const auto used = container::used_volumes();
  for (const auto& one : volume::all())
    all.add(used.contains(one.name), files::size_of(volume::data_of(one.name)));
  return all;
}

json row(const char* type, const share& of) {
  const auto rest = of.bytes - of.active_bytes;
  const auto percent = of.bytes == 0 ? "" : fmt::format(" ({}%)", rest * 100 / of.bytes);
  return {{"Type", type},
          {"TotalCount", of.total},
          {"Active", of.active},
          {"Size", size_text(of.bytes)},
          {"Reclaimable", size_text(rest) + percent}};
}

int disk_usage(const arguments& words) {
  const flags given("system df", {format_flag}, words);
  if (!given.rest().empty()) throw misuse("system df: takes no arguments");
  const json headings{{"Type", "TYPE"},
                      {"TotalCount", "TOTAL"},
                      {"Active", "ACTIVE"},
                      {"Size", "SIZE"},
                      {"Reclaimable", "RECLAIMABLE"}};
  print(listed({row("Images", of_images()), row("Containers", of_containers()),
                row("Local Volumes", of_volumes())},
               headings, given.text("--format"),
               "table {{.Type}}\t{{.TotalCount}}\t{{.Active}}\t{{.Size}}\t"
               "{{.Reclaimable}}"));
  return 0;
}

const command df({"system df"}, "what images, containers and volumes take on the disk",
                 disk_usage);

}  // namespace

}  // namespace zoomin::cli
