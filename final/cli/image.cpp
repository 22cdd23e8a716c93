// SPDX-License-Identifier: MIT
// image: the commands image ls, history, rm, tag and inspect. The commands that read or
// write archives are in archive.cpp.
#include <set>

#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/prune.hpp"
#include "cli/show.hpp"
#include "docker/images.hpp"
#include "engine.hpp"

namespace zoomin::cli {

namespace {

using enum kind;

// Keeps one row for an image with several names.
void drop_repeated(std::vector<image::summary>& images) {
  std::set<std::string> seen;
  std::erase_if(images, [&](const auto& image) { return !seen.insert(image.id).second; });
}

int list_images(const arguments& words) {
  const flags options("image ls",
                      list_flags({{"--all", 'a', toggle, "(accepted for compatibility)"},
                                  {"--digests", 0, toggle, "show digests"}}),
                      words);
  const auto& names = options.rest(0, 1);
  auto images = docker::list_images(
      {names.empty() ? "" : names[0], options.list("--filter")}, report_failure);
  if (options.on("--quiet")) drop_repeated(images);
  std::vector<std::string> usual{"Repository", "Tag", "ID", "CreatedSince", "Size"};
  if (options.on("--digests")) usual.insert(usual.begin() + 2, "Digest");
  print_list(options, docker::image_listing(images, options.on("--no-trunc")), usual);
  return 0;
}

int history(const arguments& words) {
  const flags options(
      "image history",
      {format_flag,
       {"--human", 'H', toggle, "readable sizes and dates (default true)"},
       no_trunc_flag,
       quiet_flag,
       {"--shared", 0, toggle, "show which other images have the layer"}},
      words);
  const bool human = options.text("--human", "true") == "true";
  print_list(
      options,
      docker::history_listing(options.rest(1, 1)[0], options.on("--no-trunc"), human),
      {"ID", human ? "CreatedSince" : "CreatedAt", "CreatedBy", "Size",
       options.on("--shared") ? "SharedWith" : "Comment"});
  return 0;
}

int remove_images(engine& engine, const arguments& words) {
  const flags options(
      "image rm",
      {{"--force", 'f', toggle, "remove all names, and images of stopped containers"},
       {"--no-prune", 0, toggle, "(accepted for compatibility)"}},
      words);
  const bool forced = options.on("--force");
  return for_each(options.rest(1), [&](const std::string& name) {
    forgive_missing(forced, [&] {
      const auto gone =
          unwrap(engine.remove_image(name, forced, report_container_failure));
      std::string text;
      for (const auto& untagged : gone.untagged) text += "Untagged: " + untagged + "\n";
      for (const auto& id : gone.deleted) text += "Deleted: " + id + "\n";
      print(text);
    });
  });
}

int tag(engine& engine, const arguments& words) {
  const flags options("image tag", {}, words);
  const auto& names = options.rest(2, 2);
  engine.tag(names[0], names[1]);
  return 0;
}

int inspect_images(const arguments& words) {
  return inspect_each(flags("image inspect", {short_format_flag}, words),
                      docker::inspect_image);
}

const command image_ls({"images", "image ls", "image list"},
                       {"list images", "[REPOSITORY[:TAG]]", "zoomin images",
                        "zoomin images -q -f dangling=true"},
                       list_images);
const command history_command({"history", "image history"},
                              {"show an image's layers", "IMAGE", "zoomin history debian",
                               "zoomin history --no-trunc debian"},
                              history);
const command image_rm({"rmi", "image rm", "image remove"},
                       {"remove images", "IMAGE [IMAGE...]", "zoomin rmi debian:12",
                        "zoomin rmi -f web:1 web:2"},
                       remove_images);
const command tag_command({"tag", "image tag"},
                          {"create a tag that refers to an image",
                           "SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]",
                           "zoomin tag web web:1.0", "zoomin tag 3f4e5a web:test"},
                          tag);
const command image_inspect({"image inspect"},
                            {"show detailed information on images", "IMAGE [IMAGE...]",
                             "zoomin image inspect debian",
                             "zoomin image inspect -f '{{.Config.Cmd}}' debian"},
                            inspect_images);

}  // namespace

}  // namespace zoomin::cli
