// SPDX-License-Identifier: MIT
#include "cli/dispatch.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <functional>

#include "base/nearest.hpp"
#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/flags.hpp"
#include "cli/help.hpp"
#include "common/narration.hpp"
#include "docker/filters.hpp"

namespace zoomin::cli {

namespace {

// Lists Docker's commands and global flags that aren't implemented.
constexpr std::array missing_commands{
    "-D",       "--debug",   "-H",     "--host",     "-l",      "--log-level",
    "--config", "--context", "buildx", "checkpoint", "compose", "config",
    "context",  "manifest",  "node",   "plugin",     "search",  "secret",
    "service",  "stack",     "swarm",  "trust"};

// Runs `work` and reports its exceptions. Returns the exit status, which is `failed` if
// the failure has no status of its own.
int run_guarded(int failed, const std::function<int()>& work) {
  try {
    return work();
  } catch (const help_requested& help) {
    print(help.what());
    return 0;
  } catch (const consent_refused& no) {
    complain(no.what(), "--force removes without asking");
    return 0;
  } catch (const already_reported&) {
    return failed;
  } catch (const misuse& refused) {
    complain(refused.what(), refused.hint());
    return 125;
  } catch (const docker::filter_error& refused) {
    complain(refused.what(), refused.hint());
    return 125;
  } catch (const wrong_arguments& refused) {
    complain(refused.what(), refused.hint());
    return 1;
  } catch (const usage_error& refused) {
    complain(refused.what(), refused.hint());
  } catch (const sys::error& failure) {
    if (failure.call() == "write" && failure.number() == EPIPE) return 128 + SIGPIPE;
    complain(failure.what(), hint_for(failure));
    const int status = exit_status_of(failure);
    return status == 125 ? failed : status;
  } catch (const std::exception& failure) {
    complain(failure.what());
  }
  return failed;
}

// Carries out "zoomin help" and "zoomin help network ls".
int help_about(engine& engine, arguments words) {
  if (words.empty()) {
    print(help_for_all());
    return 0;
  }
  words.emplace_back("--help");
  return run_command(engine, words);
}

std::vector<std::string> known_words(const std::string& begin) {
  std::vector<std::string> words;
  for (const command* listed : all_commands())
    for (const auto name : listed->names())
      if (name.starts_with(begin)) words.emplace_back(name);
  return words;
}

// Reports an unknown command in docker's wording, and suggests the most similar one.
[[noreturn]] void reject_unknown(const arguments& words) {
  const bool in_group = words.size() > 1 && is_group(words[0]);
  const std::string name = in_group ? words[0] + " " + words[1] : words[0];
  const std::string two_words = words[0] + (words.size() > 1 ? " " + words[1] : "");
  for (const auto& candidate : {words[0].substr(0, words[0].find('=')), two_words})
    if (std::ranges::find(missing_commands, candidate) != missing_commands.end())
      throw not_supported(candidate);
  auto known = known_words(in_group ? words[0] + " " : "");
  if (!in_group)
    known.insert(known.end(), {"builder", "container", "image", "network", "volume"});
  const auto close = base::nearest(name, known);
  const auto help = in_group ? "zoomin " + words[0] + " --help" : "zoomin --help";
  throw wrong_arguments(fmt::format("unknown command: zoomin {}", name),
                        close.empty() ? fmt::format("'{}' lists the commands", help)
                                      : fmt::format("did you mean 'zoomin {}'?", close));
}

}  // namespace

int run_command(engine& engine, const arguments& words) {
  return run_guarded(125, [&] {
    if (words.empty() || words[0] == "--help" || words[0] == "-h")
      return help_about(engine, {});
    if (words[0] == "help") return help_about(engine, {words.begin() + 1, words.end()});
    const narration::warning_scope warnings(
        [](std::string_view text) { complain(std::string(text)); });
    for (std::size_t count = std::min<std::size_t>(2, words.size()); count > 0; --count) {
      const auto end = words.begin() + static_cast<std::ptrdiff_t>(count);
      if (const command* found = find_command({words.begin(), end}))
        return run_guarded(found->failure_status(), [&] {
          return found->run(engine, {end, words.end()});
        });
    }
    if (is_group(words[0]) &&
        (words.size() == 1 || words[1] == "--help" || words[1] == "-h")) {
      print(help_for_group(words[0]));
      return 0;
    }
    reject_unknown(words);
  });
}

}  // namespace zoomin::cli
