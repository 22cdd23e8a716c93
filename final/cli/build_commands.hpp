// SPDX-License-Identifier: MIT
// build_commands: the flags and the help of build and commit. As with
// archive_commands.hpp, zoomin checks the command line and zoomin-image does the work.
#pragma once

#include "cli/command.hpp"
#include "cli/flags.hpp"
#include "container/spec/fields.hpp"

namespace zoomin::cli {

constexpr manual build_manual{"build an image from a Dockerfile", "PATH|ARCHIVE|-",
                              "zoomin build -t web .",
                              "zoomin build -f Dockerfile.dev --target test ."};

constexpr manual commit_manual{"create an image from a container",
                               "CONTAINER [REPOSITORY[:TAG]]", "zoomin commit web web:2",
                               "zoomin commit -c 'CMD [\"sh\"]' web web:debug"};

constexpr manual system_check_manual{"verify all images, layers and blobs", "",
                                     "zoomin system check",
                                     "zoomin system check && echo intact"};

// Returns the flags of build that limit the containers of RUN.
std::vector<container::field> limit_fields();

// Parse a command's arguments and check their number. Throw misuse, wrong_arguments,
// help_requested.
flags parse_build(const arguments& words);
flags parse_commit(const arguments& words);
void parse_system_check(const arguments& words);

}  // namespace zoomin::cli
