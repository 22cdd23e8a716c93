// SPDX-License-Identifier: MIT
// archive_commands: the flags and the help of load, save, import and export. Both
// programs need them: zoomin answers --help and rejects invalid command lines,
// zoomin-image does the work.
#pragma once

#include "cli/command.hpp"
#include "cli/flags.hpp"

namespace zoomin::cli {

constexpr manual load_manual{"load images from an archive", "",
                             "zoomin load -i images.tar", "zoomin load < images.tar.gz"};
constexpr manual save_manual{"save images to an archive", "IMAGE [IMAGE...]",
                             "zoomin save -o web.tar web:1.0",
                             "zoomin save web | gzip > web.tar.gz"};
constexpr manual import_manual{
    "import an archive of a file system as an image", "FILE|- [REPOSITORY[:TAG]]",
    "zoomin import rootfs.tar.xz debian:12",
    "tar c -C root . | zoomin import -c 'CMD [\"sh\"]' - root"};

constexpr manual export_manual{"export a container's file system as an archive",
                               "CONTAINER", "zoomin export -o web.tar web",
                               "zoomin export web | tar x -C rootfs"};

// Each parses the command's arguments and checks their number. Throws misuse,
// wrong_arguments, help_requested.
flags parse_export(const arguments& words);
flags parse_load(const arguments& words);
flags parse_save(const arguments& words);
flags parse_import(const arguments& words);

}  // namespace zoomin::cli
