// SPDX-License-Identifier: MIT
#include "cli/pull_image.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "cli/console.hpp"
#include "cli/image_program.hpp"
#include "common/error.hpp"
#include "image/image.hpp"
#include "image/reference.hpp"

namespace zoomin::cli {

namespace {

// Starts the program with its output on our stderr, or nowhere, and waits until it ends.
// Returns true if it succeeds.
bool run_image_program(const arguments& words, bool quiet) {
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
  if (quiet)
    ::posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  std::vector<char*> pointers;
  for (const auto& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  const std::string path = image_program();
  pid_t child = -1;
  const int failure =
      ::posix_spawn(&child, path.c_str(), &files, nullptr, pointers.data(), environ);
  ::posix_spawn_file_actions_destroy(&files);
  if (failure != 0) throw sys::error(failure, "execve", path);
  int status = 0;
  while (::waitpid(child, &status, 0) == -1 && errno == EINTR) continue;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void pull_image(const flags& options, const std::string& name) {
  arguments words{"zoomin-image", "pull"};
  if (options.has("--platform"))
    words.push_back("--platform=" + options.text("--platform"));
  words.insert(words.end(), {"--", name});
  if (!run_image_program(words, options.on("--quiet"))) throw already_reported();
}

// Returns the name to pull; empty if `text` is no name, or if the image is here.
std::string absent_name(const std::string& text) {
  try {
    image::find(text);
  } catch (const usage_error& missing) {
    if (missing.kind() != failure_kind::not_found) return "";
    try {
      const auto digested = image::parse_digested(text);
      return digested ? text : image::parse_reference(text).text();
    } catch (const usage_error&) {
      return "";
    }
  }
  return "";
}

}  // namespace

std::string with_image(const flags& options, const std::function<std::string()>& create) {
  const std::string policy = options.text("--pull", "missing");
  std::string name = options.rest()[0];
  if (policy == "always") pull_image(options, name);
  try {
    return create();
  } catch (const usage_error& missing) {
    if (policy != "missing" || missing.kind() != failure_kind::not_found) throw;
    name = absent_name(name);
    if (name.empty()) throw;
    if (!options.on("--quiet"))
      write_all(STDERR_FILENO, fmt::format("Unable to find image '{}' locally\n", name));
  }
  pull_image(options, name);
  return create();
}

}  // namespace zoomin::cli
