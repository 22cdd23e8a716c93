// SPDX-License-Identifier: MIT
// container prune, image prune, system prune: what nothing uses is removed.
#include <fmt/format.h>

#include "cli/flags.hpp"
#include "cli/unused.hpp"
#include "common/error.hpp"
#include "container/lifecycle.hpp"
#include "container/monitor.hpp"
#include "container/store.hpp"
#include "image/image.hpp"

namespace zoomin::cli {

namespace {

using enum kind;

void tell(const std::string& heading, const arguments& gone) {
  if (!gone.empty()) print(removed_text(heading, gone) + "\n");
}

// Those that don't run. One that is started or removed meanwhile is left alone.
arguments remove_ended() {
  arguments gone;
  for (const auto& id : container::ids()) {
    try {
      if (is_alive(container::mended(id))) continue;
      container::remove(id, false);
      gone.push_back(id);
    } catch (const usage_error& refused) {
      if (container::exists(id)) complain(refused.what(), refused.hint());
    } catch (const sys::error&) {
      if (container::exists(id)) throw;
    }
  }
  return gone;
}

// Those without a name; `all`: also those with one. What a container has stays.
arguments remove_unused_images(bool all) {
  const auto used = used_images();
  arguments gone;
  for (const auto& one : image::list()) {
    if (used.contains(one.id) || (!all && !one.repository.empty())) continue;
    const std::string name =
        one.repository.empty() ? one.id : one.repository + ":" + one.tag;
    try {
      const auto removed = image::remove(name, false, used_images);
      for (const auto& each : removed.untagged) gone.push_back("untagged: " + each);
      for (const auto& each : removed.deleted) gone.push_back("deleted: " + each);
    } catch (const usage_error& refused) {  // a container was made of it just now
      complain(refused.what(), refused.hint());
    }
  }
  return gone;
}

int prune_containers(const arguments& words) {
  const flags given("container prune", {force_flag}, words);
  require_consent(given.on("--force"), "all containers that don't run");
  tell("Deleted Containers", remove_ended());
  return 0;
}

int prune_images(const arguments& words) {
  const flags given("image prune",
                    {{"--all", 'a', toggle, "", "also those with a name"}, force_flag},
                    words);
  const bool all = given.on("--all");
  require_consent(given.on("--force"),
                  all ? "all images that no container has" : "all images without a name");
  tell("Deleted Images", remove_unused_images(all));
  return 0;
}

int prune_system(const arguments& words) {
  const flags given("system prune",
                    {{"--all", 'a', toggle, "", "also images with a name"},
                     force_flag,
                     {"--volumes", 0, toggle, "", "and volumes without a name"}},
                    words);
  const bool all = given.on("--all"), volumes = given.on("--volumes");
  require_consent(
      given.on("--force"),
      fmt::format("all containers that don't run, networks that none has, {}{}",
                  all ? "images that none has" : "images without a name",
                  volumes ? ", and volumes without a name" : ""));
  tell("Deleted Containers", remove_ended());
  tell("Deleted Networks", remove_unused_networks());
  if (volumes) tell("Deleted Volumes", remove_unused_volumes(false));
  tell("Deleted Images", remove_unused_images(all));
  return 0;
}

const command containers({"container prune"}, "removes containers that don't run",
                         prune_containers);
const command images({"image prune"}, "removes unused images", prune_images);
const command everything({"system prune"}, "removes all that nothing uses", prune_system);

}  // namespace

std::string removed_text(const std::string& heading, const arguments& gone) {
  std::string text;
  for (const auto& one : gone) text += one + "\n";
  return gone.empty() ? "" : heading + ":\n" + text;
}

}  // namespace zoomin::cli
