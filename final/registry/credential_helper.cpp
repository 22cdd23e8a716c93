// SPDX-License-Identifier: MIT
#include "registry/credential_helper.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/json.hpp"
#include "base/program.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"

namespace zoomin::registry {

using nlohmann::json;

namespace {

constexpr std::string_view token_user = "<token>";  // marks an identity token

struct answer {
  bool succeeded = false;
  std::string text;
};

// Runs the helper. The input fits into the pipe, so it is written at once.
answer run_helper(const std::string& helper, const char* action,
                  const std::string& input) {
  const auto allowed = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' ||
           c == '.';
  };
  if (!std::ranges::all_of(helper, allowed))
    throw usage_error(
        fmt::format("invalid name of a credential helper: {}", sys::quote(helper)),
        "see credsStore and credHelpers in Docker's config.json");
  const std::string program = "docker-credential-" + helper;
  auto in = base::make_pipe(helper), out = base::make_pipe(helper);
  const pid_t child = base::start_program(program, {program, action},
                                          {in.read.get(), out.write.get(), STDERR_FILENO},
                                          "Docker's config.json names it");
  in.read.reset();
  out.write.reset();
  [[maybe_unused]] const auto wrote = ::write(in.write.get(), input.data(), input.size());
  in.write.reset();
  std::string text = sys::read_all(out.read.get(), helper);
  return {base::wait_for_program(child) == 0, std::move(text)};
}

[[noreturn]] void refuse(const std::string& helper, std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  throw usage_error(fmt::format("docker-credential-{}: {}", helper, text));
}

}  // namespace

std::optional<credentials> get_from_helper(const std::string& helper,
                                           const std::string& server) {
  const auto result = run_helper(helper, "get", server);
  if (!result.succeeded) {
    if (result.text.starts_with("credentials not found")) return std::nullopt;
    refuse(helper, result.text);
  }
  try {
    const auto found = base::parse_json(result.text, "the answer");
    const auto user = found.at("Username").get<std::string>();
    const auto secret = found.at("Secret").get<std::string>();
    if (user == token_user) return credentials{user, "", secret};
    return credentials{user, secret, ""};
  } catch (const json::exception&) {
    refuse(helper, "the answer has no \"Username\" and \"Secret\"");
  }
}

void store_in_helper(const std::string& helper, const std::string& server,
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
