// SPDX-License-Identifier: MIT
#include "cli/registry_commands.hpp"

namespace zoomin::cli {

namespace {

constexpr flag quiet{"--quiet", 'q', kind::toggle, "suppress verbose output"};
constexpr flag tls_verify{"--tls-verify", 0, kind::toggle,
                          "verify the registry's certificate (default true)"};
constexpr flag explain{"--explain", 0, kind::toggle, "show each request to the registry"};

}  // namespace

flags parse_pull(const arguments& words) {
  flags options("pull",
                {{"--all-tags", 'a', kind::toggle, "download all tagged images"},
                 {"--platform", 0, kind::text, "set platform: OS/ARCHITECTURE[/VARIANT]"},
                 quiet,
                 tls_verify,
                 explain},
                words);
  static_cast<void>(options.rest(1, 1));
  return options;
}

flags parse_push(const arguments& words) {
  flags options("push",
                {{"--all-tags", 'a', kind::toggle, "push all tags of an image"},
                 quiet,
                 tls_verify,
                 explain},
                words);
  static_cast<void>(options.rest(1, 1));
  return options;
}

flags parse_login(const arguments& words) {
  flags options("login",
                {{"--username", 'u', kind::text, "user name"},
                 {"--password", 'p', kind::text, "password or access token"},
                 {"--password-stdin", 0, kind::toggle, "read the password from stdin"},
                 tls_verify},
                words);
  static_cast<void>(options.rest(0, 1));
  return options;
}

flags parse_logout(const arguments& words) {
  flags options("logout", {}, words);
  static_cast<void>(options.rest(0, 1));
  return options;
}

bool verifies_tls(const flags& options) {
  return options.text("--tls-verify", "true") == "true";
}

}  // namespace zoomin::cli
