// SPDX-License-Identifier: MIT
// completion: completes a command line in the shell. `zoomin completion SHELL` prints a
// short script for the shell, which calls `zoomin __complete WORD…` for each completion.
// The last word is the one being typed. If there is no completion, __complete exits with
// status 1, and the shell offers file names.
#include <algorithm>
#include <array>
#include <set>

#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/flags.hpp"
#include "engine.hpp"

namespace zoomin::cli {

namespace {

using strings = std::set<std::string>;

strings names_of_containers(engine& engine) {
  const auto names = engine.container_names();
  return {names.begin(), names.end()};
}

strings names_of_images(engine& engine) {
  strings names;
  for (const auto& summary : engine.images())
    if (!summary.tag.empty())
      names.insert(summary.tag == "latest" ? summary.repository
                                           : summary.repository + ":" + summary.tag);
  return names;
}

strings names_of_networks(engine& engine) {
  strings names{"bridge", "host", "none"};
  for (const auto& network : engine.networks()) names.insert(network.name);
  return names;
}

strings names_of_volumes(engine& engine) {
  strings names;
  for (const auto& volume : engine.volumes()) names.insert(volume.name);
  return names;
}

struct source {
  strings (*names)(engine&);
  std::size_t max_count;                // how many arguments may be such names
  std::vector<std::string_view> users;  // the commands and flags that take them
};
constexpr std::size_t any_number = ~std::size_t{0};

const std::array<source, 6> sources{
    {{names_of_containers,
      any_number,
      {"start", "stop", "restart", "kill", "rm", "inspect", "container inspect", "stats",
       "wait", "pause", "unpause", "update"}},
     {names_of_containers,
      1,
      {"logs", "attach", "exec", "top", "rename", "port", "diff", "look", "why", "cp",
       "export", "--volumes-from", "--link"}},
     {names_of_images, 1, {"run", "create", "tag", "history", "pull", "push"}},
     {names_of_images, any_number, {"rmi", "save", "image inspect"}},
     {names_of_networks, any_number, {"network rm", "network inspect", "--network"}},
     {names_of_volumes, any_number, {"volume rm", "volume inspect"}}}};

// Returns the names that a command or a flag can take as its argument at `position`.
strings names_for(engine& engine, std::string_view user, std::size_t position) {
  for (const auto& source : sources)
    if (position < source.max_count &&
        std::ranges::find(source.users, user) != source.users.end())
      return source.names(engine);
  return {};
}

std::vector<flag> flags_of(engine& engine, const command& command) {
  try {
    command.run(engine, {"--help"});
  } catch (const help_requested& answer) {
    return answer.known();
  } catch (const misuse&) {
    // The command has no flags.
  }
  return {};
}

const flag* find_flag(const std::vector<flag>& known, const std::string& word) {
  for (const auto& each : known)
    if (word == each.name || (each.letter != 0 && word == std::string{'-', each.letter}))
      return &each;
  return nullptr;
}

strings complete_command(engine& engine, const command& command, const arguments& words,
                         bool flag_wanted) {
  const auto known = flags_of(engine, command);
  std::size_t position = 0;
  const flag* open = nullptr;  // the flag that takes the next word
  for (const auto& word : words) {
    const bool is_value = open != nullptr;
    open = is_value ? nullptr : find_flag(known, word);
    if (open != nullptr && !open->takes_value()) open = nullptr;
    if (!is_value && !word.starts_with('-')) ++position;
  }
  if (open != nullptr) return names_for(engine, open->name, 0);
  if (!flag_wanted) return names_for(engine, command.names().front(), position);
  strings result{"--help"};
  for (const auto& each : known)
    if (each.takes != kind::unsupported) result.emplace(each.name);
  return result;
}

// Returns the next word of each command whose name begins with these words.
strings next_words(const arguments& words) {
  std::string typed;
  for (const auto& word : words) typed += word + " ";
  strings result;
  for (const cli::command* command : all_commands())
    for (const auto name : command->names())
      if (name.starts_with(typed) && !name.starts_with('-'))
        result.emplace(
            name.substr(typed.size(), name.find(' ', typed.size()) - typed.size()));
  return result;
}

strings candidates(engine& engine, const arguments& words, bool flag_wanted) {
  if (words.size() < 2)
    if (auto more = next_words(words); !more.empty()) return more;
  for (std::size_t count = std::min<std::size_t>(2, words.size()); count > 0; --count) {
    const auto end = words.begin() + static_cast<std::ptrdiff_t>(count);
    if (const command* found = find_command({words.begin(), end}))
      return complete_command(engine, *found, {end, words.end()}, flag_wanted);
  }
  return {};
}

int complete(engine& engine, const arguments& typed_words) {
  arguments words = typed_words;
  const std::string typed = words.empty() ? "" : words.back();
  if (!words.empty()) words.pop_back();
  std::string text;
  for (const auto& candidate : candidates(engine, words, typed.starts_with('-')))
    if (candidate.starts_with(typed)) text += candidate + "\n";
  print(text);
  return text.empty() ? 1 : 0;
}

constexpr const char* for_bash =
    "_zoomin() {\n"
    "  local IFS=$'\\n'\n"
    "  COMPREPLY=($(zoomin __complete \"${COMP_WORDS[@]:1:COMP_CWORD}\" 2>/dev/null))\n"
    "}\n"
    "COMP_WORDBREAKS=${COMP_WORDBREAKS//:}\n"  // web:1 is one word
    "complete -o default -F _zoomin zoomin\n";
constexpr const char* for_zsh =
    "#compdef zoomin\n"
    "_zoomin() {\n"
    "  local -a all\n"
    "  all=(${(f)\"$(zoomin __complete \"${(@)words[2,CURRENT]}\" 2>/dev/null)\"})\n"
    "  if (($#all)); then compadd -a all; else _files; fi\n"
    "}\n"
    "compdef _zoomin zoomin\n";
constexpr const char* for_fish =
    "function __zoomin\n"
    "  set -l typed (commandline -ct | string collect --allow-empty)\n"
    "  set -l all (zoomin __complete (commandline -opc)[2..] $typed 2>/dev/null)\n"
    "  and printf '%s\\n' $all\n"
    "  or __fish_complete_path $typed\n"
    "end\n"
    "complete -c zoomin -f -a '(__zoomin)'\n";

int print_script(const arguments& words) {
  const flags options("completion", {}, words);
  const auto& shell = options.rest(1, 1)[0];
  if (shell == "bash")
    print(for_bash);
  else if (shell == "zsh")
    print(for_zsh);
  else if (shell == "fish")
    print(for_fish);
  else
    throw not_supported("completion " + shell);
  return 0;
}

const command completion({"completion"},
                         {"print the completion script for a shell", "bash|zsh|fish",
                          "source <(zoomin completion bash)",
                          "zoomin completion fish | source"},
                         print_script);
const command hidden({"__complete"}, {}, complete);

}  // namespace

}  // namespace zoomin::cli
