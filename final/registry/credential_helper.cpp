// SPDX-License-Identifier: MIT
#include "registry/credential_helper.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/json.hpp"
#include "common/error.hpp"
#include "common/fd.hpp"
#include "common/sys.hpp"

namespace zoomin::registry {

using nlohmann::json;

namespace {

constexpr std::string_view token_user = "<token>";  // its secret is an identity token

struct pipe_ends {
  unique_fd read, write;
};

pipe_ends make_pipe() {
  std::array<int, 2> ends{};
  sys::check("pipe2", "the helper", [&] { return ::pipe2(ends.data(), O_CLOEXEC); });
  return {unique_fd(ends[0]), unique_fd(ends[1])};
}

// Starts the program; this process ignores SIGPIPE, and the program shall not.
pid_t spawn(std::string program, std::string action, int input, int output) {
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t signals;
  ::sigfillset(&signals);
  ::posix_spawnattr_setsigdefault(&attributes, &signals);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  std::array<char*, 3> words{program.data(), action.data(), nullptr};
  pid_t child = -1;
  const int failure =
      ::posix_spawnp(&child, words[0], &files, &attributes, words.data(), environ);
  ::posix_spawn_file_actions_destroy(&files);
  ::posix_spawnattr_destroy(&attributes);
  if (failure != 0)
    throw sys::error(failure, "execve", program, "Docker's config.json names it");
  return child;
}

struct answer {
  bool succeeded = false;
  std::string text;
};

// Runs the helper. Its input is small enough for the pipe, so it can be written at once.
answer run_helper(const std::string& helper, const char* action,
                  const std::string& input) {
  const auto allowed = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' ||
           c == '.';
  };
  if (!std::ranges::all_of(helper, allowed))
    throw usage_error(
        fmt::format("{} is no name of a credential helper", sys::quote(helper)));
  auto in = make_pipe(), out = make_pipe();
  const pid_t child =
      spawn("docker-credential-" + helper, action, in.read.get(), out.write.get());
  in.read.reset();
  out.write.reset();
  [[maybe_unused]] const auto wrote = ::write(in.write.get(), input.data(), input.size());
  in.write.reset();
  answer result{false, sys::read_all(out.read.get(), helper)};
  int status = 0;
  while (::waitpid(child, &status, 0) == -1 && errno == EINTR) continue;
  result.succeeded = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  return result;
}

[[noreturn]] void refuse(const std::string& helper, std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  throw usage_error(fmt::format("docker-credential-{}: {}", helper, text));
}

}  // namespace

std::optional<credentials> ask_helper(const std::string& helper,
                                      const std::string& server) {
  const auto result = run_helper(helper, "get", server);
  if (!result.succeeded) {
    if (result.text.starts_with("credentials not found")) return std::nullopt;
    refuse(helper, result.text);
  }
  try {
    const auto found = files::parse_json(result.text, "its answer");
    const auto user = found.at("Username").get<std::string>();
    const auto secret = found.at("Secret").get<std::string>();
    if (user == token_user) return credentials{user, "", secret};
    return credentials{user, secret, ""};
  } catch (const json::exception&) {
    refuse(helper, "its answer has no \"Username\" and \"Secret\"");
  }
}

void give_to_helper(const std::string& helper, const std::string& server,
                    const credentials& secret) {
  const bool token = !secret.identity_token.empty();
  const json input{{"ServerURL", server},
                   {"Username", token ? std::string(token_user) : secret.user},
                   {"Secret", token ? secret.identity_token : secret.password}};
  const auto result = run_helper(helper, "store", input.dump());
  if (!result.succeeded) refuse(helper, result.text);
}

void erase_in_helper(const std::string& helper, const std::string& server) {
  const auto result = run_helper(helper, "erase", server);
  if (!result.succeeded && !result.text.starts_with("credentials not found"))
    refuse(helper, result.text);
}

}  // namespace zoomin::registry
