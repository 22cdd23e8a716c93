// SPDX-License-Identifier: MIT
#include "base/events.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>

#include "base/json.hpp"
#include "base/printable.hpp"
#include "base/timestamp.hpp"
#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/filters.hpp"
#include "cli/text/template.hpp"

namespace zoomin::cli {

namespace {

// Returns true if the object has this name (of an image also without ":latest"), or an id
// that begins with it.
bool is_named(const json& actor, const std::string& wanted) {
  const auto name = actor.at("Attributes").value("name", std::string());
  return name == wanted || name == wanted + ":latest" ||
         actor.at("ID").get<std::string>().starts_with(wanted);
}

bool meets(const json& event, std::string_view key, const std::string& value) {
  if (key == "type") return event.at("Type") == value;
  if (key == "image" && event.at("Type") == "container")
    return event.at("Actor").at("Attributes").at("image") == value;
  if (key == "label") {
    const auto attributes = event.at("Actor").at("Attributes").get<label_map>();
    return has_label(attributes, value);
  }
  if (key != "event")
    return event.at("Type") == key && is_named(event.at("Actor"), value);
  const auto action = event.at("Action").get<std::string>();
  return action == value || action.substr(0, action.find(':')) == value;
}

// Formats an event: "TIME container start ID (image=bb, name=c)".
std::string usual(std::string_view time, const json& event) {
  std::string about;
  for (const auto& [key, value] : event.at("Actor").at("Attributes").get<label_map>())
    about += fmt::format("{}{}={}", about.empty() ? "" : ", ", key, value);
  return printable(fmt::format("{} {} {} {} ({})", time,
                               event.at("Type").get<std::string>(),
                               event.at("Action").get<std::string>(),
                               event.at("Actor").at("ID").get<std::string>(), about));
}

// Parses an event. Returns null if the line was written only in part.
json event_in(std::string_view line) try {
  return files::parse_own<json>(line, "the event");
} catch (const std::exception&) {
  return nullptr;
}

std::string moment(const flags& options, std::string_view name, const timespec& now) {
  return options.has(name) ? events::parse_timestamp(name, options.text(name), now) : "";
}

int events_of(const arguments& words) {
  using enum kind;
  const flags options("events",
                      {filter_flag,
                       format_flag,
                       {"--since", 0, text, "", "show events since a time, or 10m ago"},
                       {"--until", 0, text, "", "stop at a time, or 10m ago"}},
                      words);
  options.expect_no_rest();
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  const filters filter(
      "events", options,
      {"container", "event", "image", "label", "network", "type", "volume"});
  const auto shape = options.text("--format");
  const format own(shape == "json" ? "{{json .}}" : shape);
  events::follow(moment(options, "--since", now), moment(options, "--until", now),
                 STDOUT_FILENO, [&](std::string_view time, std::string_view text) {
                   const auto event = event_in(text);
                   const bool passes =
                       !event.is_null() && filter.pass([&](auto key, auto& value) {
                         return meets(event, key, value);
                       });
                   if (!passes) return;
                   print((shape.empty() ? usual(time, event) : own.of(event)) + "\n");
                 });
  return 0;
}

const command events_command({"events", "system events"},
                             {"show real time events", "",
                              "zoomin events --since 1h --until 0s",
                              "zoomin events -f event=die --format json"},
                             events_of);

}  // namespace

}  // namespace zoomin::cli
