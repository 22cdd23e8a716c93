// SPDX-License-Identifier: MIT
// start, stop, kill, rm, wait: one transition each, of one container after the other.
#include <fmt/format.h>

#include <optional>

#include "cli/flags.hpp"
#include "cli/follow.hpp"
#include "common/error.hpp"
#include "container/asked.hpp"
#include "container/lifecycle.hpp"
#include "container/monitor.hpp"
#include "container/store.hpp"

namespace zoomin::cli {

namespace {

// A whole number of seconds.
std::optional<unsigned> seconds(const flags& given, std::string_view name) {
  if (!given.has(name)) return std::nullopt;
  return number(given, name);
}

std::optional<int> signal(const flags& given) {
  if (!given.has("--signal")) return std::nullopt;
  return container::parse_signal(given.text("--signal"));
}

int start_in_front(const std::string& name, bool input) {
  const std::string id = container::find(name);
  const auto asked = container::parse_asked(container::container_json(id));
  input = input && asked.first.has_input;
  auto [streams, their_streams] = container::control::make_pair();
  auto [watch, their_watch] = container::control::make_pair();
  const bool terminal = asked.first.terminal;
  container::start(id, {std::move(their_streams), input, std::move(their_watch),
                        terminal ? window_size() : container::window{}});
  return follow(
      {container::control(std::move(watch)), std::move(streams), input, terminal});
}

const command start({"start", "container start"}, "runs a container that was made before",
                    [](const arguments& all) {
                      const flags given("start",
                                        {{"--attach", 'a', kind::toggle, "",
                                          "its output is shown until it ends"},
                                         {"--interactive", 'i', kind::toggle, "",
                                          "and it has this input"}},
                                        all);
                      const bool input = given.on("--interactive");
                      if (given.on("--attach") || input)
                        return start_in_front(given.rest(1)[0], input);
                      return for_each(given.rest(), "start", [](const auto& name) {
                        const std::string id = container::find(name);
                        if (!is_alive(container::mended(id))) container::start(id, {});
                        print(name + "\n");
                      });
                    });

const command stop({"stop", "container stop"},
                   "asks containers to end, and kills those that don't",
                   [](const arguments& all) {
                     const flags given(
                         "stop",
                         {{"--time", 't', kind::text, "",
                           "seconds from the signal to the kill"},
                          {"--signal", 's', kind::text, "", "by name or number"}},
                         all);
                     const auto patience = seconds(given, "--time");
                     const auto how = signal(given);
                     return for_each(given.rest(), "stop", [&](const auto& name) {
                       container::stop(name, how, patience);
                       print(name + "\n");
                     });
                   });

const command restart({"restart", "container restart"},
                      "stops containers, and starts them again",
                      [](const arguments& all) {
                        const flags given(
                            "restart",
                            {{"--time", 't', kind::text, "",
                              "seconds from the signal to the kill"},
                             {"--signal", 's', kind::text, "", "by name or number"}},
                            all);
                        const auto patience = seconds(given, "--time");
                        const auto how = signal(given);
                        return for_each(given.rest(), "restart", [&](const auto& name) {
                          container::restart(name, how, patience);
                          print(name + "\n");
                        });
                      });

const command kill({"kill", "container kill"}, "sends containers a signal, KILL",
                   [](const arguments& all) {
                     const flags given(
                         "kill", {{"--signal", 's', kind::text, "", "by name or number"}},
                         all);
                     const int how = signal(given).value_or(9);
                     return for_each(given.rest(), "kill", [&](const auto& name) {
                       container::kill(name, how);
                       print(name + "\n");
                     });
                   });

int pause_all(const arguments& all, const char* command, bool wanted) {
  const flags given(command, {}, all);
  return for_each(given.rest(), command, [&](const auto& name) {
    container::pause(name, wanted);
    print(name + "\n");
  });
}

const command pause({"pause", "container pause"}, "stops containers where they stand",
                    [](const arguments& all) { return pause_all(all, "pause", true); });

const command unpause({"unpause", "container unpause"}, "lets paused ones go on",
                      [](const arguments& all) {
                        return pause_all(all, "unpause", false);
                      });

const command rename_command({"rename", "container rename"}, "gives another name",
                             [](const arguments& all) {
                               const flags given("rename", {}, all);
                               const auto& words = given.rest(2);
                               container::rename(words[0], words[1]);
                               return 0;
                             });

const command rm({"rm", "container rm", "container remove"},
                 "removes containers, with all they wrote", [](const arguments& all) {
                   const flags given(
                       "rm",
                       {{"--force", 'f', kind::toggle, "", "also one that runs"},
                        {"--volumes", 'v', kind::toggle, "",
                         "and its volumes without a name"}},
                       all);
                   return for_each(given.rest(), "rm", [&](const auto& name) {
                     container::remove(name, given.on("--force"), given.on("--volumes"));
                     print(name + "\n");
                   });
                 });

const command wait({"wait", "container wait"},
                   "waits for containers' ends, and prints their statuses",
                   [](const arguments& all) {
                     const flags given("wait", {}, all);
                     return for_each(given.rest(), "wait", [](const auto& name) {
                       print(fmt::format("{}\n", container::wait(name)));
                     });
                   });

}  // namespace

}  // namespace zoomin::cli
