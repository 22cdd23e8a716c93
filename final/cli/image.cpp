// SPDX-License-Identifier: MIT
// image: alone it tells what there is; `image ls` and its like are files of their own.
#include "cli/command.hpp"

namespace zoomin::cli {

namespace {

constexpr auto usage = R"(usage: zoomin image COMMAND

  history   what made each layer of an image
  import    makes an image of a root file system's archive
  inspect   all that is known of images, as JSON
  load      takes images out of an archive
  ls        the images that are here
  prune     removes unused images
  rm        removes images
  save      puts images into an archive
  tag       gives an image another name
)";

const command image({"image"}, "images: ls, rm, load, save …", [](const arguments& all) {
  if (!all.empty() && all[0] != "--help" && all[0] != "help")
    throw not_supported("image " + all[0]);
  print(usage);
  return 0;
});

}  // namespace

}  // namespace zoomin::cli
