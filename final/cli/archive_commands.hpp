// SPDX-License-Identifier: MIT
// archive_commands: the flags and the help of load, save, import and export, which both
// programs need: zoomin answers --help and refuses what is wrong, zoomin-archive does the
// work.
#pragma once

#include "cli/flags.hpp"

namespace zoomin::cli {

constexpr manual load_manual{"load images from an archive", "",
                             "zoomin load -i images.tar", "zoomin load < images.tar.gz"};
constexpr manual save_manual{"save images to an archive", "IMAGE [IMAGE...]",
                             "zoomin save -o web.tar web:1.0",
                             "zoomin save web | gzip > web.tar.gz"};
constexpr manual import_manual{
    "create an image from an archive of a file system", "FILE|- [REPOSITORY[:TAG]]",
    "zoomin import rootfs.tar.xz debian:12",
    "tar c -C root . | zoomin import -c 'CMD [\"sh\"]' - root"};

constexpr manual export_manual{"write a container's root file system as an archive",
                               "CONTAINER", "zoomin export -o web.tar web",
                               "zoomin export web | tar x -C rootfs"};

flags parse_export(const arguments& words);
flags parse_load(const arguments& words);
flags parse_save(const arguments& words);
flags parse_import(const arguments& words);

}  // namespace zoomin::cli
