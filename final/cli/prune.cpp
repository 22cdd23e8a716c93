// SPDX-License-Identifier: MIT
// prune: container, image, builder and system prune remove unused objects.
#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "base/timestamp.hpp"
#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/prune.hpp"
#include "cli/show.hpp"
#include "common/error.hpp"
#include "docker/containers.hpp"
#include "docker/images.hpp"
#include "docker/units.hpp"
#include "engine.hpp"

namespace zoomin::cli {

namespace {

using enum kind;

// Removes the containers that don't run. Skips a container that another command starts or
// removes at the same time.
removed remove_stopped(engine& engine, const prune_filter& filter) {
  removed result;
  for (const auto& id : engine.container_ids()) {
    const bool succeeded = docker::ignore_if_removed(id, report_failure, [&] {
      const auto state = engine.state_of(id);
      if (is_alive(state) || !filter.passes(state.created, state.labels)) return;
      const auto bytes = engine.writable_layer_bytes(id);
      unwrap(engine.remove(id, false, false).finish());
      result.names.push_back(id);
      result.bytes += bytes;
    });
    if (!succeeded) result.status = 1;
  }
  return result;
}

bool passes(const image::summary& listed, const prune_filter& filter) {
  return filter.passes(base::timestamp_text({listed.created, 0}),
                       docker::image_labels(listed.id));
}

// Removes the dangling images that no container uses; if `named`, also the images with a
// name.
removed remove_unused_images(engine& engine, bool named, const prune_filter& filter) {
  removed result;
  const auto before = engine.bytes_of_layers();
  const auto used = engine.used_images(report_container_failure);
  for (const auto& summary : engine.images()) {
    if (used.contains(summary.id) || (!named && !summary.tag.empty())) continue;
    if (!passes(summary, filter)) continue;
    const std::string name =
        summary.tag.empty() ? summary.id : summary.repository + ":" + summary.tag;
    try {
      const auto gone =
          unwrap(engine.remove_image(name, false, report_container_failure));
      for (const auto& each : gone.untagged) result.names.push_back("untagged: " + each);
      for (const auto& each : gone.deleted) result.names.push_back("deleted: " + each);
    } catch (const usage_error& refused) {  // a new container uses the image
      complain(refused.what(), refused.hint());
      result.status = 1;
    }
  }
  result.bytes = before - std::min(before, engine.bytes_of_layers());
  return result;
}

int print_both(const std::string& heading, const removed& removed) {
  print_removed(heading, removed);
  print_space(removed.bytes);
  return removed.status;
}

int prune_containers(engine& engine, const arguments& words) {
  const flags options("container prune", {prune_filter_flag, force_flag}, words);
  options.expect_no_rest();
  const prune_filter filter(options);
  require_consent(options.on("--force"), "all stopped containers");
  return print_both("Deleted Containers", remove_stopped(engine, filter));
}

int prune_images(engine& engine, const arguments& words) {
  const flags options(
      "image prune",
      {{"--all", 'a', toggle, "remove all unused images, not just dangling ones"},
       prune_filter_flag,
       force_flag},
      words);
  options.expect_no_rest();
  const prune_filter filter(options);
  const bool named = options.on("--all");
  require_consent(options.on("--force"),
                  named ? "all images without at least one container associated to them"
                        : "all dangling images");
  return print_both("Deleted Images", remove_unused_images(engine, named, filter));
}

int prune_system(engine& engine, const arguments& words) {
  const flags options(
      "system prune",
      {{"--all", 'a', toggle, "remove all unused images, not just dangling ones"},
       prune_filter_flag,
       force_flag,
       {"--volumes", 0, toggle, "remove anonymous volumes"}},
      words);
  options.expect_no_rest();
  const bool named = options.on("--all"), volumes = options.on("--volumes");
  const prune_filter filter(options);
  if (volumes && filter.has("until"))
    throw misuse("the \"until\" filter is not supported with --volumes");
  require_consent(
      options.on("--force"),
      fmt::format(
          "all stopped containers, all networks not used by at least one "
          "container, {}{}",
          volumes ? "all anonymous volumes not used by at least one container, " : "",
          named ? "all images without at least one container associated to them, all "
                  "dangling build cache"
                : "all dangling images, all dangling build cache"));
  // This also removes the groups of a state directory that no longer exists.
  engine.clean_up_cgroups();
  std::uint64_t bytes = 0;
  int status = 0;
  const auto report = [&](const char* heading, const removed& gone) {
    print_removed(heading, gone);
    bytes += gone.bytes;
    status = std::max(status, gone.status);
  };
  report("Deleted Containers", remove_stopped(engine, filter));
  report("Deleted Networks", remove_unused_networks(engine, filter));
  unwrap(engine.take_down_default_network());  // unless a container uses it
  if (volumes) report("Deleted Volumes", remove_unused_volumes(engine, false, filter));
  report("Deleted Images", remove_unused_images(engine, named, filter));
  const auto cache = unwrap(engine.prune_build_cache(false));
  report("Deleted build cache objects", {cache.keys, cache.bytes});
  print_space(bytes);
  return status;
}

int prune_builder(engine& engine, const arguments& words) {
  const flags options("builder prune",
                      {{"--all", 'a', toggle,
                        "remove the whole build cache, even layers that images use"},
                       force_flag},
                      words);
  options.expect_no_rest();
  const bool all = options.on("--all");
  require_consent(options.on("--force"),
                  all ? "all build cache" : "all dangling build cache");
  const auto gone = unwrap(engine.prune_build_cache(all));
  print_removed("Deleted build cache objects", {gone.keys});
  print_space(gone.bytes);
  return 0;
}

const command container_prune({"container prune"},
                              {"remove all stopped containers", "",
                               "zoomin container prune", "zoomin container prune -f"},
                              prune_containers);
const command image_prune({"image prune"},
                          {"remove unused images", "", "zoomin image prune",
                           "zoomin image prune -af"},
                          prune_images);
const command builder_prune({"builder prune"},
                            {"remove the build cache", "", "zoomin builder prune",
                             "zoomin builder prune -af"},
                            prune_builder);
const command system_prune({"system prune"},
                           {"remove unused data", "", "zoomin system prune",
                            "zoomin system prune -af --volumes"},
                           prune_system);

}  // namespace

prune_filter::prune_filter(const flags& options, bool has_time)
    : wanted_(options.list("--filter"),
              {"label", "label!", has_time ? "until" : "label"}) {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  for (const auto& text : wanted_.values("until"))
    until_ = base::parse_timestamp("--filter until", text, now);
}

bool prune_filter::passes(const std::string& created,
                          const docker::label_map& labels) const {
  if (!until_.empty() && created >= until_) return false;
  const auto has = [&](const std::string& label) {
    return docker::has_label(labels, label);
  };
  return std::ranges::all_of(wanted_.values("label"), has) &&
         std::ranges::none_of(wanted_.values("label!"), has);
}

void report_container_failure(const std::string& id, const usage_error& damaged) {
  complain(fmt::format("{}: {}", docker::short_id(id), damaged.what()), damaged.hint());
}

void print_removed(const std::string& heading, const removed& removed) {
  std::string text;
  for (const auto& name : removed.names) text += name + "\n";
  if (!text.empty()) print(fmt::format("{}:\n{}\n", heading, text));
}

void print_space(std::uint64_t bytes) {
  print(fmt::format("Total reclaimed space: {}\n", docker::size_text(bytes)));
}

}  // namespace zoomin::cli
