// SPDX-License-Identifier: MIT
#include "cli/command.hpp"
#include "cli/flags.hpp"
#include "image/image.hpp"

namespace zoomin::cli {

namespace {

int remove_images(const arguments& all) {
  const flags asked(
      "image rm", {{"--force", 'f', kind::toggle, "", "all names, and used ones"}}, all);
  return for_each(asked.rest(), "image rm", [&](const std::string& name) {
    const auto gone = image::remove(name, asked.on("--force"), {});
    std::string text;
    for (const auto& one : gone.untagged) text += "Untagged: " + one + "\n";
    for (const auto& one : gone.deleted) text += "Deleted: " + one + "\n";
    print(text);
  });
}

const command rm({"rmi", "image rm", "image remove"}, "removes images", remove_images);

}  // namespace

}  // namespace zoomin::cli
