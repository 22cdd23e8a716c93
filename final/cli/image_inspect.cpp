// SPDX-License-Identifier: MIT
#include "cli/command.hpp"
#include "cli/flags.hpp"
#include "image/image.hpp"

namespace zoomin::cli {

namespace {

// Each line four columns further in.
std::string indented(const std::string& text) {
  std::string all = "    ";
  for (const char c : text) {
    all += c;
    if (c == '\n') all += "    ";
  }
  return all;
}

int inspect_images(const arguments& all) {
  const flags asked("image inspect", {{"--format", 'f', kind::text, "", ""}}, all);
  if (asked.has("--format")) throw not_supported("image inspect --format");
  std::string shown;
  const int status =
      for_each(asked.rest(), "image inspect", [&](const std::string& name) {
        shown += (shown.empty() ? "\n" : ",\n") + indented(image::inspect(name));
      });
  print("[" + shown + (shown.empty() ? "]\n" : "\n]\n"));
  return status;
}

const command inspect({"image inspect"}, "all that is known of images, as JSON",
                      inspect_images);

}  // namespace

}  // namespace zoomin::cli
