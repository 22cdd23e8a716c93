// SPDX-License-Identifier: MIT
#include "events/events.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>

#include "cli/flags.hpp"
#include "cli/format.hpp"
#include "cli/table.hpp"
#include "container/log_time.hpp"

namespace zoomin::cli {

namespace {

struct condition {
  std::string key, value;
};

std::vector<condition> conditions(const flags& given) {
  std::vector<condition> all;
  for (const auto& text : given.list("--filter")) {
    const auto equals = text.find('=');
    if (equals == std::string::npos)
      throw misuse(fmt::format("--filter {}: KEY=VALUE is meant", text));
    all.push_back({text.substr(0, equals), text.substr(equals + 1)});
    const auto& key = all.back().key;
    if (key != "container" && key != "event" && key != "image" && key != "type")
      throw not_supported(fmt::format("events --filter {}", key));
  }
  return all;
}

bool meets(const json& event, const condition& one) {
  const auto& about = event.at("Actor").at("Attributes");
  if (one.key == "container")
    return about.at("name") == one.value ||
           event.at("id").get<std::string>().starts_with(one.value);
  if (one.key == "image") return about.at("image") == one.value;
  if (one.key == "type") return event.at("Type") == one.value;
  const auto action = event.at("Action").get<std::string>();
  return action.substr(0, action.find(':')) == one.value;
}

// Several values of one key are alternatives.
bool passes(const json& event, const std::vector<condition>& all) {
  return std::ranges::all_of(all, [&](const condition& one) {
    return std::ranges::any_of(all, [&](const condition& other) {
      return other.key == one.key && meets(event, other);
    });
  });
}

// "TIME container start ID (image=bb, name=c)".
std::string usual(std::string_view time, const json& event) {
  std::string about;
  for (const auto& [key, value] : event.at("Actor").at("Attributes").items())
    about +=
        fmt::format("{}{}={}", about.empty() ? "" : ", ", key, value.get<std::string>());
  return printable(fmt::format(
      "{} {} {} {} ({})", time, event.at("Type").get<std::string>(),
      event.at("Action").get<std::string>(), event.at("id").get<std::string>(), about));
}

std::string moment(const flags& given, std::string_view name, const timespec& now) {
  return given.has(name) ? container::parse_moment(name, given.text(name), now) : "";
}

int events_of(const arguments& words) {
  using enum kind;
  const flags given("events",
                    {{"--filter", 'f', list},
                     {"--format", 0, text},
                     {"--since", 0, text},
                     {"--until", 0, text}},
                    words);
  if (!given.rest().empty()) throw misuse("events: takes no arguments");
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  const auto wanted = conditions(given);
  const auto shape = given.text("--format");
  const format own(shape == "json" ? "{{json .}}" : shape);
  events::follow(moment(given, "--since", now), moment(given, "--until", now),
                 STDOUT_FILENO, [&](std::string_view time, std::string_view text) {
                   const auto event = json::parse(text, nullptr, false);
                   if (event.is_discarded() || !passes(event, wanted)) return;
                   print((shape.empty() ? usual(time, event) : own.of(event)) + "\n");
                 });
  return 0;
}

const command events_command({"events", "system events"},
                             "what happens to containers, as it happens", events_of);

}  // namespace

}  // namespace zoomin::cli
