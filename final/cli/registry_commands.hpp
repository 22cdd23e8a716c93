// SPDX-License-Identifier: MIT
// registry_commands: the flags and the help of pull, push, login and logout. As with
// archive_commands.hpp, zoomin checks the command line and zoomin-registry does the work.
#pragma once

#include "cli/command.hpp"
#include "cli/flags.hpp"

namespace zoomin::cli {

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

// Each parses the command's arguments and checks their number. Throws misuse,
// wrong_arguments, help_requested.
flags parse_pull(const arguments& words);
flags parse_push(const arguments& words);
flags parse_login(const arguments& words);
flags parse_logout(const arguments& words);

// Returns whether the certificates of registries are to be verified: --tls-verify.
bool verifies_tls(const flags& options);

}  // namespace zoomin::cli
