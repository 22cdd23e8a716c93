// SPDX-License-Identifier: MIT
#include <set>

#include "cli/command.hpp"
#include "cli/flags.hpp"
#include "cli/inspect.hpp"
#include "cli/unused.hpp"
#include "container/asked.hpp"
#include "container/store.hpp"
#include "image/image.hpp"

namespace zoomin::cli {

// One that is removed meanwhile uses none.
std::set<std::string> used_images() {
  std::set<std::string> used;
  for (const auto& id : container::ids()) {
    try {
      used.insert(container::parse_asked(container::container_json(id)).image_id);
    } catch (const sys::error&) {
      if (container::exists(id)) throw;
    }
  }
  return used;
}

namespace {

int remove_images(const arguments& all) {
  const flags asked(
      "image rm", {{"--force", 'f', kind::toggle, "", "all names, and used ones"}}, all);
  return for_each(asked.rest(), "image rm", [&](const std::string& name) {
    if (asked.on("--force") && says_missing([&] { image::find(name); })) return;
    const auto gone = image::remove(name, asked.on("--force"), used_images);
    std::string text;
    for (const auto& one : gone.untagged) text += "Untagged: " + one + "\n";
    for (const auto& one : gone.deleted) text += "Deleted: " + one + "\n";
    print(text);
  });
}

const command rm({"rmi", "image rm", "image remove"}, "removes images", remove_images);

}  // namespace

}  // namespace zoomin::cli
