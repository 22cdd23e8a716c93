// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <set>

#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/flags.hpp"
#include "cli/inspect.hpp"
#include "cli/prune.hpp"
#include "container/spec/spec.hpp"
#include "container/store.hpp"
#include "docker/units.hpp"
#include "image/image.hpp"

namespace zoomin::cli {

// Skips a container that another command removes at the same time, and a damaged one,
// which can't be started any more.
std::set<std::string> used_images() {
  std::set<std::string> used;
  for (const auto& id : container::ids()) {
    try {
      used.insert(container::parse_spec(container::container_json(id)).image_id);
    } catch (const sys::error&) {
      if (container::exists(id)) throw;
    } catch (const usage_error& damaged) {
      complain(fmt::format("{}: {}", short_id(id), damaged.what()), damaged.hint());
    }
  }
  return used;
}

namespace {

int remove_images(const arguments& words) {
  const flags options(
      "image rm",
      {{"--force", 'f', kind::toggle, "",
        "remove all names, and images of stopped containers"},
       {"--no-prune", 0, kind::toggle, "", "(accepted for compatibility)"}},
      words);
  return for_each(options.rest(1), [&](const std::string& name) {
    const bool forced = options.on("--force");
    forgive_missing(forced, [&] {
      const auto gone = image::remove(name, forced, used_images);
      std::string text;
      for (const auto& untagged : gone.untagged) text += "Untagged: " + untagged + "\n";
      for (const auto& id : gone.deleted) text += "Deleted: " + id + "\n";
      print(text);
    });
  });
}

const command rm({"rmi", "image rm", "image remove"},
                 {"remove images", "IMAGE [IMAGE...]", "zoomin rmi debian:12",
                  "zoomin rmi -f web:1 web:2"},
                 remove_images);

}  // namespace

}  // namespace zoomin::cli
