// SPDX-License-Identifier: MIT
#include "cli/shared_commands.hpp"

#include "container/spec/fields.hpp"

namespace zoomin::cli {

namespace {

constexpr auto unlimited = std::string::npos;

constexpr flag quiet{"--quiet", 'q', kind::toggle, "suppress verbose output"};
constexpr flag output_flag{"--output", 'o', kind::text,
                           "write to a file instead of stdout"};
constexpr flag change_flag{"--change", 'c', kind::list,
                           "apply a Dockerfile instruction: CMD [\"sh\"]"};
constexpr flag message_flag{"--message", 'm', kind::text,
                            "set the commit message shown by history"};
constexpr flag tls_verify{"--tls-verify", 0, kind::toggle,
                          "verify the registry's certificate (default true)"};
constexpr flag explain{"--explain", 0, kind::toggle, "show each request to the registry"};

// Parses the flags of a command, and checks that `min_count` to `max_count` other words
// are left.
flags parsed(const char* command, const std::vector<flag>& known, const arguments& words,
             std::size_t min_count, std::size_t max_count) {
  flags options(command, known, words);
  static_cast<void>(options.rest(min_count, max_count));
  return options;
}

}  // namespace

flags parse_load(const arguments& words) {
  using enum kind;
  return parsed("load",
                {{"--input", 'i', text, "read from an archive file instead of stdin"},
                 {"--quiet", 'q', toggle, "don't show progress"}},
                words, 0, 0);
}

flags parse_save(const arguments& words) {
  return parsed("save", {output_flag}, words, 1, unlimited);
}

flags parse_export(const arguments& words) {
  return parsed("export", {output_flag}, words, 1, 1);
}

flags parse_import(const arguments& words) {
  return parsed("import", {change_flag, message_flag}, words, 1, 2);
}

flags parse_commit(const arguments& words) {
  using enum kind;
  return parsed(
      "commit",
      {{"--author", 'a', text, "author: \"Ann <ann@example.com>\""},
       change_flag,
       message_flag,
       {"--pause", 'p', toggle, "pause the container during commit (default true)"}},
      words, 1, 2);
}

flags parse_pull(const arguments& words) {
  using enum kind;
  return parsed("pull",
                {{"--all-tags", 'a', toggle, "download all tagged images"},
                 {"--platform", 0, text, "set platform: OS/ARCHITECTURE[/VARIANT]"},
                 quiet,
                 tls_verify,
                 explain},
                words, 1, 1);
}

flags parse_push(const arguments& words) {
  using enum kind;
  return parsed("push",
                {{"--all-tags", 'a', toggle, "push all tags of an image"},
                 quiet,
                 tls_verify,
                 explain},
                words, 1, 1);
}

flags parse_login(const arguments& words) {
  using enum kind;
  return parsed("login",
                {{"--username", 'u', text, "user name"},
                 {"--password", 'p', text, "password or access token"},
                 {"--password-stdin", 0, toggle, "read the password from stdin"},
                 tls_verify},
                words, 0, 1);
}

flags parse_logout(const arguments& words) { return parsed("logout", {}, words, 0, 1); }

flags parse_system_check(const arguments& words) {
  return parsed("system check", {}, words, 0, 0);
}

flags parse_build(const arguments& words) {
  using enum kind;
  std::vector<flag> known{
      {"--add-host", 0, list, "add a line to /etc/hosts: NAME:ADDRESS"},
      {"--build-arg", 0, list, "set the value of an ARG"},
      {"--check", 0, toggle, "only check the Dockerfile"},
      {"--explain", 0, optional_value, "show steps' overlays and changes: brief, full"},
      {"--file", 'f', text, "Dockerfile (default PATH/Dockerfile)"},
      {"--force-rm", 0, toggle, "(accepted for compatibility)"},
      {"--iidfile", 0, text, "write the image ID to a file"},
      {"--label", 0, list, "set a label of the image"},
      {"--network", 0, text, "network of RUN: default, none, host or NAME"},
      {"--no-cache", 0, toggle, "don't use the build cache"},
      {"--platform", 0, text, "platform of the image: linux/amd64"},
      {"--progress", 0, text, "show progress: auto, plain or quiet"},
      {"--pull", 0, toggle, "always pull the base images"},
      {"--quiet", 'q', toggle, "only print the image ID"},
      {"--rm", 0, toggle, "(accepted for compatibility)"},
      {"--secret", 0, list, "secret for RUN: id=ID[,src=FILE|,env=NAME]"},
      {"--tag", 't', list, "name and tag of the image"},
      {"--target", 0, text, "set the target build stage"}};
  for (const auto& field : container::build_fields()) known.push_back(field);
  return parsed("build", known, words, 1, 1);
}

bool verifies_tls(const flags& options) {
  return options.text("--tls-verify", "true") == "true";
}

}  // namespace zoomin::cli
