// SPDX-License-Identifier: MIT
#include "cli/command.hpp"
#include "cli/flags.hpp"
#include "image/image.hpp"

namespace zoomin::cli {

namespace {

const command tag({"tag", "image tag"},
                  {"create a tag that refers to an image",
                   "SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]", "zoomin tag web web:1.0",
                   "zoomin tag 3f4e5a web:test"},
                  [](const arguments& words) {
                    const flags options("image tag", {}, words);
                    const auto& names = options.rest(2, 2);
                    image::tag(names[0], names[1]);
                    return 0;
                  });

}  // namespace

}  // namespace zoomin::cli
