// SPDX-License-Identifier: MIT
#include "cli/command.hpp"

namespace zoomin::cli {

namespace {

const command version({"version", "--version", "-v"}, "the program's version",
                      [](const arguments&) {
                        print("zoomin 0.1\n");
                        return 0;
                      });

}  // namespace

}  // namespace zoomin::cli
