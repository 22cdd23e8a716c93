// SPDX-License-Identifier: MIT
#include "cli/command.hpp"
#include "cli/flags.hpp"
#include "image/image.hpp"

namespace zoomin::cli {

namespace {

const command tag({"tag", "image tag"},
                  {"give an image another name", "SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]",
                   "zoomin tag web web:1.0", "zoomin tag 3f4e5a web:test"},
                  [](const arguments& all) {
                    const flags asked("image tag", {}, all);
                    const auto& names = asked.rest(2, 2);
                    image::tag(names[0], names[1]);
                    return 0;
                  });

}  // namespace

}  // namespace zoomin::cli
