// SPDX-License-Identifier: MIT
#include "cli/command.hpp"
#include "cli/flags.hpp"
#include "image/image.hpp"

namespace zoomin::cli {

namespace {

const command tag({"tag", "image tag"}, "gives an image another name",
                  [](const arguments& all) {
                    const flags asked("image tag", {}, all);
                    if (asked.rest().size() != 2)
                      throw misuse("image tag: two names are needed",
                                   "zoomin tag IMAGE[:TAG] NAME[:TAG]");
                    image::tag(asked.rest()[0], asked.rest()[1]);
                    return 0;
                  });

}  // namespace

}  // namespace zoomin::cli
