// SPDX-License-Identifier: MIT
// container prune, image prune, system prune: what nothing uses is removed.
#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "04-cgroups/cgroup.hpp"
#include "base/json.hpp"
#include "base/timestamp.hpp"
#include "cli/meanwhile.hpp"
#include "cli/prune.hpp"
#include "cli/text/template.hpp"
#include "common/error.hpp"
#include "container/lifecycle.hpp"
#include "container/reconcile.hpp"
#include "container/store.hpp"
#include "docker/units.hpp"
#include "image/image.hpp"
#include "network/network.hpp"

namespace zoomin::cli {

namespace {

using enum kind;

// Those that don't run. One that is started or removed meanwhile is left alone.
removed remove_ended(const prune_filter& wanted) {
  removed result;
  for (const auto& id : container::ids()) {
    const bool fine = ignore_if_removed(id, [&] {
      const auto now = container::reconcile(id);
      if (is_alive(now) || !wanted.passes(now.created, now.labels)) return;
      const auto bytes = container::written_bytes(id);
      container::remove(id, false);
      result.names.push_back(id);
      result.bytes += bytes;
    });
    if (!fine) result.status = 1;
  }
  return result;
}

std::uint64_t bytes_of_images() {
  const auto kept = image::hold();
  return image::size_bytes(image::ids());
}

bool passes(const image::summary& listed, const prune_filter& wanted) {
  const auto config =
      files::parse_own<json>(image::inspect(listed.id), "the image").at("Config");
  const auto labels = config.find("Labels");
  const bool has_any = labels != config.end() && labels->is_object();
  return wanted.passes(events::timestamp_text({listed.created, 0}),
                       has_any ? labels->get<label_map>() : label_map());
}

// Those without a name; `named`: also those with one. What a container has stays.
removed remove_unused_images(bool named, const prune_filter& wanted) {
  removed result;
  const auto before = bytes_of_images();
  const auto used = used_images();
  for (const auto& summary : image::list()) {
    if (used.contains(summary.id) || (!named && !summary.repository.empty())) continue;
    if (!passes(summary, wanted)) continue;
    const std::string name =
        summary.repository.empty() ? summary.id : summary.repository + ":" + summary.tag;
    try {
      const auto gone = image::remove(name, false, used_images);
      for (const auto& each : gone.untagged) result.names.push_back("untagged: " + each);
      for (const auto& each : gone.deleted) result.names.push_back("deleted: " + each);
    } catch (const usage_error& refused) {  // a container was made of it just now
      complain(refused.what(), refused.hint());
      result.status = 1;
    }
  }
  result.bytes = before - std::min(before, bytes_of_images());
  return result;
}

int tell_alone(const std::string& heading, const removed& gone) {
  tell(heading, gone);
  tell_space(gone.bytes);
  return gone.status;
}

int prune_containers(const arguments& words) {
  const flags options("container prune", {prune_filter_flag, force_flag}, words);
  options.expect_no_rest();
  const prune_filter wanted("container prune", options);
  require_consent(options.on("--force"), "all containers that don't run");
  return tell_alone("Deleted Containers", remove_ended(wanted));
}

int prune_images(const arguments& words) {
  const flags options(
      "image prune",
      {{"--all", 'a', toggle, "", "remove all unused images, not just dangling ones"},
       prune_filter_flag,
       force_flag},
      words);
  options.expect_no_rest();
  const prune_filter wanted("image prune", options);
  const bool result = options.on("--all");
  require_consent(options.on("--force"), result ? "all images that no container has"
                                                : "all images without a name");
  return tell_alone("Deleted Images", remove_unused_images(result, wanted));
}

int prune_system(const arguments& words) {
  const flags options(
      "system prune",
      {{"--all", 'a', toggle, "", "remove all unused images, not just dangling ones"},
       prune_filter_flag,
       force_flag,
       {"--volumes", 0, toggle, "", "remove anonymous volumes"}},
      words);
  options.expect_no_rest();
  const bool result = options.on("--all"), volumes = options.on("--volumes");
  const prune_filter wanted("system prune", options);
  if (volumes && wanted.has("until"))
    throw misuse("the \"until\" filter is not supported with --volumes");
  require_consent(
      options.on("--force"),
      fmt::format("all containers that don't run, networks that none has, {}{}",
                  result ? "images that none has" : "images without a name",
                  volumes ? ", and volumes without a name" : ""));
  cgroup::clean_up();  // also those of a state directory that is gone
  std::uint64_t bytes = 0;
  int status = 0;
  const auto done = [&](const char* heading, const removed& gone) {
    tell(heading, gone);
    bytes += gone.bytes;
    status = std::max(status, gone.status);
  };
  done("Deleted Containers", remove_ended(wanted));
  done("Deleted Networks", remove_unused_networks(wanted));
  network::take_down_default();  // unless a container uses it
  if (volumes) done("Deleted Volumes", remove_unused_volumes(false, wanted));
  done("Deleted Images", remove_unused_images(result, wanted));
  tell_space(bytes);
  return status;
}

const command containers({"container prune"},
                         {"remove all stopped containers", "", "zoomin container prune",
                          "zoomin container prune -f"},
                         prune_containers);
const command images({"image prune"},
                     {"remove unused images", "", "zoomin image prune",
                      "zoomin image prune -af"},
                     prune_images);
const command everything({"system prune"},
                         {"remove unused data", "", "zoomin system prune",
                          "zoomin system prune -af --volumes"},
                         prune_system);

}  // namespace

prune_filter::prune_filter(std::string_view command, const flags& options, bool has_time)
    : wanted_(command, options, {"label", "label!", has_time ? "until" : "label"}) {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  for (const auto& text : wanted_.values("until"))
    until_ = events::parse_timestamp("--filter until", text, now);
}

bool prune_filter::passes(const std::string& created, const label_map& labels) const {
  if (!until_.empty() && created >= until_) return false;
  const auto has = [&](const std::string& label) { return has_label(labels, label); };
  return std::ranges::all_of(wanted_.values("label"), has) &&
         std::ranges::none_of(wanted_.values("label!"), has);
}

void tell(const std::string& heading, const removed& gone) {
  std::string text;
  for (const auto& one : gone.names) text += one + "\n";
  if (!text.empty()) print(fmt::format("{}:\n{}\n", heading, text));
}

void tell_space(std::uint64_t bytes) {
  print(fmt::format("Total reclaimed space: {}\n", size_text(bytes)));
}

}  // namespace zoomin::cli
