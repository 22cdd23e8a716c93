// SPDX-License-Identifier: MIT
#include "cli/flags.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/nearest.hpp"
#include "cli/help.hpp"
#include "common/text.hpp"

namespace zoomin::cli {

namespace {

struct missing_flags {
  std::string_view command, names;
};

// Lists Docker's flags that aren't implemented. For run, create and update these flags
// are in the table of container/spec/fields.hpp.
constexpr std::array not_implemented{
    missing_flags{"build",
                  "--cache-from --compress --disable-content-trust --isolation "
                  "--security-opt --squash --ssh"},
    missing_flags{"exec", "--privileged"},
    missing_flags{"history", "--platform"},
    missing_flags{"image inspect", "--platform"},
    missing_flags{"images", "--tree"},
    missing_flags{"import", "--platform"},
    missing_flags{"load", "--platform"},
    missing_flags{"logs", "--details"},
    missing_flags{"network connect",
                  "--driver-opt --gw-priority --ip6 --link --link-local-ip"},
    missing_flags{"network create",
                  "--attachable --aux-address --config-from --config-only --ingress "
                  "--ipam-driver --ipam-opt --ipv4 --ipv6 --scope"},
    missing_flags{"network inspect", "--verbose"},
    missing_flags{"pull", "--disable-content-trust"},
    missing_flags{"push", "--disable-content-trust --platform"},
    missing_flags{"rm", "--link"},
    missing_flags{"rmi", "--platform"},
    missing_flags{"save", "--platform"},
    missing_flags{"start", "--checkpoint --checkpoint-dir"},
    missing_flags{"volume create",
                  "--availability --group --limit-bytes --opt --required-bytes --scope "
                  "--secret --sharing --topology-preferred --topology-required --type"},
    missing_flags{"volume ls", "--cluster"}};

bool is_not_implemented(std::string_view command, std::string_view name) {
  const auto* const row = std::ranges::find(
      not_implemented, usual_name(std::string(command)), &missing_flags::command);
  return row != not_implemented.end() &&
         fmt::format(" {} ", row->names).find(fmt::format(" {} ", name)) !=
             std::string::npos;
}

std::string suggestion(std::string_view typed, const std::vector<flag>& known) {
  std::vector<std::string> names{"--help"};
  for (const auto& flag : known)
    if (flag.takes != kind::unsupported) names.emplace_back(flag.name);
  const auto best = base::nearest(typed, names);
  return best.empty() ? best : fmt::format("did you mean {}?", best);
}

}  // namespace

flags::flags(std::string command, std::vector<flag> known, const arguments& words,
             bool command_follows)
    : command_(std::move(command)), known_(std::move(known)) {
  bool flags_ended = false;
  for (std::size_t at = 0; at < words.size(); ++at) {
    const std::string& word = words[at];
    if (!flags_ended && word == "--") {
      flags_ended = true;
    } else if (flags_ended || word.size() < 2 || word[0] != '-') {
      rest_.push_back(word);
      flags_ended = flags_ended || command_follows;
    } else if (word == "--help") {
      throw help_requested(help_for_command(command_, known_), known_);
    } else if (word[1] == '-') {
      parse_long(word, words, at);
    } else {
      parse_letters(word, words, at);
    }
  }
}

const flag& flags::find(std::string_view name) const {
  const auto found = std::ranges::find(known_, name, &flag::name);
  if (found != known_.end() && found->takes != kind::unsupported) return *found;
  if (found != known_.end() || is_not_implemented(command_, name))
    throw not_supported(fmt::format("{} {}", command_, name));
  throw misuse(fmt::format("{}: unknown flag: {}", command_, name),
               suggestion(name, known_));
}

const flag& flags::find(char letter) const {
  const auto found = std::ranges::find(known_, letter, &flag::letter);
  // -h is deprecated in docker, but still prints the help.
  if (found == known_.end() && letter == 'h')
    throw help_requested(help_for_command(command_, known_), known_);
  if (found != known_.end()) return *found;
  throw misuse(fmt::format("{}: unknown shorthand flag: -{}", command_, letter),
               fmt::format("`zoomin {} --help` lists the flags", command_));
}

void flags::parse_long(const std::string& word, const arguments& words, std::size_t& at) {
  const auto equals = word.find('=');
  const cli::flag& flag = find(std::string_view(word).substr(0, equals));
  auto& values = values_[flag.name];
  if (equals != std::string::npos)
    values.push_back(word.substr(equals + 1));
  else if (!flag.takes_value())
    values.emplace_back("true");
  else if (at + 1 < words.size())
    values.push_back(words[++at]);
  else
    throw misuse(fmt::format("{}: flag needs an argument: {}", command_, flag.name));
  if (flag.takes == kind::toggle && values.back() != "true" && values.back() != "false")
    throw misuse(fmt::format("{}: {}: expected true or false", command_, flag.name));
}

void flags::parse_letters(const std::string& word, const arguments& words,
                          std::size_t& at) {
  for (std::size_t letter = 1; letter < word.size(); ++letter) {
    const cli::flag& flag = find(word[letter]);
    std::string value = word.substr(letter + 1);
    if (!flag.takes_value()) {
      if (value.starts_with('='))  // -i=false
        return parse_long(std::string(flag.name) + value, words, at);
      values_[flag.name].emplace_back("true");
      continue;
    }
    if (value.starts_with('=')) value.erase(0, 1);
    if (letter + 1 < word.size())
      values_[flag.name].push_back(value);
    else
      parse_long(std::string(flag.name), words, at);
    return;
  }
}

bool flags::on(std::string_view name) const { return text(name) == "true"; }

std::string flags::text(std::string_view name, const std::string& default_value) const {
  const auto values = list(name);
  return values.empty() ? default_value : values.back();
}

std::vector<std::string> flags::list(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::vector<std::string>() : found->second;
}

unsigned whole_number(const flags& options, std::string_view name) {
  const std::string text = options.text(name);
  if (const auto number = text::whole_number(text); number && text.size() <= 9)
    return *number;
  throw misuse(fmt::format("{} \"{}\": expected a whole number", name, text));
}

// Returns docker's wording for a number of arguments: "requires at least 1 argument".
static std::string requirement(std::size_t min_count, std::size_t max_count) {
  const auto counted = [](std::size_t number) {
    return fmt::format("{} argument{}", number, number == 1 ? "" : "s");
  };
  if (max_count == 0) return "accepts no arguments";
  if (min_count == max_count) return "requires " + counted(min_count);
  if (max_count == std::string::npos) return "requires at least " + counted(min_count);
  if (min_count == 0) return "requires at most " + counted(max_count);
  return fmt::format("requires at least {} and at most {}", min_count,
                     counted(max_count));
}

const arguments& flags::rest(std::size_t min_count, std::size_t max_count) const {
  if (rest_.size() >= min_count && rest_.size() <= max_count) return rest_;
  throw wrong_arguments(fmt::format("'zoomin {}' {}", usual_name(command_),
                                    requirement(min_count, max_count)),
                        fmt::format("usage: {}", usage_of(command_, !known_.empty())));
}

}  // namespace zoomin::cli
