// SPDX-License-Identifier: MIT
// shared_commands: the flags and the help of the commands that zoomin hands to
// zoomin-image and zoomin-registry (programs.hpp). zoomin answers --help and rejects
// invalid command lines; the other program does the work.
#pragma once

#include "cli/command.hpp"
#include "cli/flags.hpp"

namespace zoomin::cli {

// --- zoomin-image ---

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

constexpr manual build_manual{"build an image from a Dockerfile", "PATH|ARCHIVE|-",
                              "zoomin build -t web .",
                              "zoomin build -f Dockerfile.dev --target test ."};

constexpr manual commit_manual{"create an image from a container",
                               "CONTAINER [REPOSITORY[:TAG]]", "zoomin commit web web:2",
                               "zoomin commit -c 'CMD [\"sh\"]' web web:debug"};

constexpr manual system_check_manual{"verify all images, layers and blobs", "",
                                     "zoomin system check",
                                     "zoomin system check && echo intact"};

// --- zoomin-registry ---

constexpr manual pull_manual{"download an image from a registry", "NAME[:TAG|@DIGEST]",
                             "zoomin pull debian:12",
                             "zoomin pull -a localhost:5000/web"};

constexpr manual push_manual{"upload an image to a registry", "NAME[:TAG]",
                             "zoomin push localhost:5000/web:1.0",
                             "zoomin push -a localhost:5000/web"};

constexpr manual login_manual{"log in to a registry", "[SERVER]",
                              "zoomin login registry.example.com",
                              "zoomin login -u me --password-stdin < secret"};

constexpr manual logout_manual{"log out from a registry", "[SERVER]", "zoomin logout",
                               "zoomin logout registry.example.com"};

// These functions parse a command's arguments and check their number. They throw misuse,
// wrong_arguments and help_requested.
flags parse_build(const arguments& words);
flags parse_commit(const arguments& words);
flags parse_export(const arguments& words);
flags parse_import(const arguments& words);
flags parse_load(const arguments& words);
flags parse_save(const arguments& words);
flags parse_system_check(const arguments& words);
flags parse_login(const arguments& words);
flags parse_logout(const arguments& words);
flags parse_pull(const arguments& words);
flags parse_push(const arguments& words);

// Returns true unless --tls-verify=false turns off the check of the registry's
// certificate.
bool verifies_tls(const flags& options);

}  // namespace zoomin::cli
