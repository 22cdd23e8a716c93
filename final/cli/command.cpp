// SPDX-License-Identifier: MIT
#include "cli/command.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <signal.h>
#include <unistd.h>

#include <iostream>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/printable.hpp"
#include "cli/flags.hpp"
#include "cli/help.hpp"
#include "cli/nearest.hpp"
#include "common/error.hpp"
#include "common/narration.hpp"

namespace zoomin::cli {

namespace {

const command*& first_command() {
  static const command* first = nullptr;
  return first;
}

// Lists the commands of Docker's that aren't implemented, and its flags for the daemon.
constexpr std::array later{
    "-D",       "--debug",   "-H",     "--host",  "-l",     "--log-level",
    "--config", "--context", "build",  "builder", "buildx", "checkpoint",
    "commit",   "compose",   "config", "context", "login",  "logout",
    "manifest", "node",      "plugin", "pull",    "push",   "search",
    "secret",   "service",   "stack",  "swarm",   "trust"};

// Reports that the answer to require_consent() was no.
class consent_refused : public std::exception {
 public:
  [[nodiscard]] const char* what() const noexcept override {
    return "nothing was removed";
  }
};

// Runs `work` and reports its exceptions. Returns the exit status; `failed` if the
// failure has no status of its own.
int guarded(int failed, const std::function<int()>& work) {
  try {
    return work();
  } catch (const help_requested& help) {
    print(help.what());
    return 0;
  } catch (const consent_refused& no) {
    complain(no.what(), "--force removes without asking");
    return 0;
  } catch (const misuse& refused) {
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

}  // namespace

command::command(std::initializer_list<std::string_view> names, const manual& how,
                 body runs)
    : names_(names), how_(how), run_(runs), next_(first_command()) {
  first_command() = this;
}

int command::failed() const {
  const auto name = names_.front();
  return name == "run" || name == "create" || name == "exec" ? 125 : 1;
}

std::vector<const command*> all_commands() {
  std::vector<const command*> commands;
  for (const command* next = first_command(); next != nullptr; next = next->next_)
    if (!next->how_.does.empty()) commands.push_back(next);
  return commands;
}

const command* find_command(const arguments& words) {
  const std::string name = fmt::format("{}", fmt::join(words, " "));
  for (const command* next = first_command(); next != nullptr; next = next->next_)
    if (std::ranges::find(next->names_, name) != next->names_.end()) return next;
  return nullptr;
}

namespace {

// Carries out "zoomin help" and "zoomin help network ls".
int help_about(arguments words) {
  if (words.empty()) {
    print(help_for_all());
    return 0;
  }
  words.emplace_back("--help");
  return run_command(words);
}

std::vector<std::string> known_words(const std::string& begin) {
  std::vector<std::string> words;
  for (const command* listed : all_commands())
    for (const auto name : listed->names())
      if (name.starts_with(begin)) words.emplace_back(name);
  return words;
}

// Reports an unknown command in docker's wording, and suggests the most similar one.
[[noreturn]] void refuse(const arguments& words) {
  const bool in_group = words.size() > 1 && is_group(words[0]);
  const std::string name = in_group ? words[0] + " " + words[1] : words[0];
  const std::string two = words[0] + (words.size() > 1 ? " " + words[1] : "");
  for (const auto& wanted : {words[0].substr(0, words[0].find('=')), two})
    if (std::ranges::find(later, wanted) != later.end()) throw not_supported(wanted);
  auto known = known_words(in_group ? words[0] + " " : "");
  if (!in_group) known.insert(known.end(), {"container", "image", "network", "volume"});
  const auto close = nearest(name, known);
  const auto help = in_group ? "zoomin " + words[0] + " --help" : "zoomin --help";
  throw wrong_arguments(fmt::format("unknown command: zoomin {}", name),
                        close.empty() ? fmt::format("'{}' lists the commands", help)
                                      : fmt::format("did you mean 'zoomin {}'?", close));
}

}  // namespace

int run_command(const arguments& words) {
  return guarded(125, [&] {
    if (words.empty() || words[0] == "--help" || words[0] == "-h") return help_about({});
    if (words[0] == "help") return help_about({words.begin() + 1, words.end()});
    narration::warn_through([](std::string_view text) { complain(std::string(text)); });
    for (std::size_t count = std::min<std::size_t>(2, words.size()); count > 0; --count) {
      const auto end = words.begin() + static_cast<std::ptrdiff_t>(count);
      if (const command* found = find_command({words.begin(), end}))
        return guarded(found->failed(), [&] { return found->run({end, words.end()}); });
    }
    if (is_group(words[0]) &&
        (words.size() == 1 || words[1] == "--help" || words[1] == "-h")) {
      print(help_for_group(words[0]));
      return 0;
    }
    refuse(words);
  });
}

void complain(const std::string& text, const std::string& hint) {
  std::string result = fmt::format("zoomin: {}\n", printable(text));
  if (!hint.empty()) result += fmt::format("hint: {}\n", printable(hint));
  [[maybe_unused]] const auto ignored =
      ::write(STDERR_FILENO, result.data(), result.size());
}

void complain_of(const usage_error& failure) { complain(failure.what(), failure.hint()); }

void write_all(int to, std::string_view text) {
  while (!text.empty()) {
    const auto wrote = ::write(to, text.data(), text.size());
    if (wrote == -1 && errno == EINTR) continue;
    if (wrote == -1) throw sys::error(errno, "write", to == 1 ? "stdout" : "stderr");
    text.remove_prefix(static_cast<std::size_t>(wrote));
  }
}

void print(const std::string& text) { write_all(STDOUT_FILENO, text); }

void require_consent(bool forced, const std::string& targets) {
  if (forced) return;
  print(
      fmt::format("WARNING! This will remove {}.\n"
                  "Are you sure you want to continue? [y/N] ",
                  targets));
  std::string answer;
  std::getline(std::cin, answer);
  if (answer != "y" && answer != "Y" && answer != "yes") throw consent_refused();
}

int for_each(const arguments& names,
             const std::function<void(const std::string&)>& action) {
  int status = 0;
  for (const auto& name : names) {
    try {
      action(name);
    } catch (const usage_error& refused) {
      complain(refused.what(), refused.hint());
      status = 1;
    } catch (const sys::error& failure) {
      complain(failure.what(), hint_for(failure));
      status = 1;
    }
  }
  return status;
}

}  // namespace zoomin::cli
