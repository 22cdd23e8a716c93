// SPDX-License-Identifier: MIT
// lifecycle: the commands that change a container's state: start, stop, restart, kill,
// pause, unpause, rename, rm, wait.
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>

#include <algorithm>
#include <cstddef>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/flags.hpp"
#include "cli/foreground.hpp"
#include "cli/show.hpp"
#include "common/error.hpp"
#include "engine.hpp"

namespace zoomin::cli {

namespace {

// Returns the value of a flag in whole seconds.
std::optional<unsigned> seconds(const flags& options, std::string_view name) {
  if (!options.has(name)) return std::nullopt;
  return whole_number(options, name);
}

std::optional<int> signal(const flags& options) {
  if (!options.has("--signal")) return std::nullopt;
  return container::parse_signal(options.text("--signal"));
}

int start_in_foreground(engine& engine, const std::string& name, bool input,
                        attach_options attach) {
  const auto process = engine.spec_of(name).init_process;
  auto started = engine.start_attached(
      name, attach_request_of(input && process.has_input, process.terminal), false);
  unwrap(started.step.finish());
  return follow(std::move(started.client), std::move(attach));
}

// Performs the transition of one container after the other, and prints the name of each
// for which it succeeded.
int one_by_one(const flags& options,
               const std::function<void(const std::string&)>& transition) {
  return for_each(options.rest(1), [&](const auto& name) {
    transition(name);
    print(name + "\n");
  });
}

// Describes one of several transitions that run at the same time.
struct running_transition {
  std::string name;
  transition step;
  reply<int> result{};
  std::exception_ptr failure;
  bool finished = false;

  void attempt(const std::function<void()>& work) {
    try {
      work();
    } catch (const usage_error&) {
      failure = std::current_exception();
    } catch (const sys::error&) {
      failure = std::current_exception();
    }
    finished = finished || failure;
  }
  void finish() {
    finished = true;
    attempt([&] { result = step.finish(); });
  }
};

// Waits for answers, and finishes the transitions whose monitors have answered.
void finish_ready(std::vector<running_transition>& transitions) {
  std::vector<pollfd> events;
  for (const auto& transition : transitions)
    events.push_back({transition.finished ? -1 : transition.step.fd, POLLIN, 0});
  const bool waits = std::ranges::none_of(
      transitions, [](const auto& each) { return !each.finished && each.step.fd == -1; });
  ::poll(events.data(), events.size(), waits ? -1 : 0);
  for (std::size_t i = 0; i < transitions.size(); ++i)
    if (!transitions[i].finished &&
        (transitions[i].step.fd == -1 || events[i].revents != 0))
      transitions[i].finish();
}

using starter = std::function<transition(const std::string& name)>;
using reporter = std::function<void(const std::string& name, int result)>;

int run_concurrently(const arguments& names, const starter& start,
                     const reporter& report) {
  std::vector<running_transition> transitions;
  for (const auto& name : names) {
    auto& transition = transitions.emplace_back();
    transition.name = name;
    transition.attempt([&] { transition.step = start(name); });
  }
  int status = 0;
  for (const auto& transition : transitions) {
    while (!transition.finished) finish_ready(transitions);
    status |= for_each({transition.name}, [&](const auto& name) {
      if (transition.failure) std::rethrow_exception(transition.failure);
      report(name, unwrap(transition.result));
    });
  }
  return status;
}

// Sends the requests to all monitors before it waits for the first answer, so that the
// containers end side by side. Reports the results in the order of the arguments.
int all_at_once(const flags& options, const starter& start, const reporter& report) {
  constexpr std::size_t batch_size = 256;  // each container needs a descriptor
  const auto& names = options.rest(1);
  int status = 0;
  for (std::size_t at = 0; at < names.size(); at += batch_size) {
    const auto count = std::min(batch_size, names.size() - at);
    const auto first = names.begin() + static_cast<std::ptrdiff_t>(at);
    const auto last = first + static_cast<std::ptrdiff_t>(count);
    status |= run_concurrently({first, last}, start, report);
  }
  return status;
}

void print_name(const std::string& name, int /*result*/) { print(name + "\n"); }

int start(engine& engine, const arguments& words) {
  const flags options(
      "start",
      {{"--attach", 'a', kind::toggle, "attach stdout/stderr and forward signals"},
       {"--interactive", 'i', kind::toggle, "attach stdin"},
       {"--detach-keys", 0, kind::text, "key sequence to detach (ctrl-p,ctrl-q)"}},
      words);
  const bool input = options.on("--interactive");
  attach_options attach;
  if (options.has("--detach-keys"))
    attach.detach_keys = parse_keys(options.text("--detach-keys"));
  if (options.on("--attach") || input)
    return start_in_foreground(engine, options.rest(1, 1)[0], input, std::move(attach));
  return one_by_one(options, [&](const auto& name) {
    if (!is_alive(engine.state_of(name))) unwrap(engine.start(name).finish());
  });
}

constexpr flag signal_flag{"--signal", 's', kind::text,
                           "signal to send to the container"};

using stop_method = transition (engine::*)(const std::string&, std::optional<int> signal,
                                           std::optional<unsigned> timeout_s);

int stop_all(engine& engine, const arguments& words, const char* command,
             stop_method stop) {
  const flags options(
      command,
      {{"--time", 't', kind::text, "seconds to wait before killing the container"},
       {"--timeout", 0, kind::text, "same as --time"},
       signal_flag},
      words);
  const auto timeout_s =
      seconds(options, options.has("--timeout") ? "--timeout" : "--time");
  const auto number = signal(options);
  return all_at_once(
      options, [&](const auto& name) { return (engine.*stop)(name, number, timeout_s); },
      print_name);
}

int stop(engine& engine, const arguments& words) {
  return stop_all(engine, words, "stop", &engine::stop);
}

int restart(engine& engine, const arguments& words) {
  return stop_all(engine, words, "restart", &engine::restart);
}

int kill(engine& engine, const arguments& words) {
  const flags options("kill", {signal_flag}, words);
  const int number = signal(options).value_or(SIGKILL);
  return all_at_once(
      options, [&](const auto& name) { return engine.kill(name, number); }, print_name);
}

int pause_all(engine& engine, const arguments& words, const char* command, bool frozen) {
  return all_at_once(
      flags(command, {}, words),
      [&](const auto& name) { return engine.pause(name, frozen); }, print_name);
}

int pause(engine& engine, const arguments& words) {
  return pause_all(engine, words, "pause", true);
}

int unpause(engine& engine, const arguments& words) {
  return pause_all(engine, words, "unpause", false);
}

int rename(engine& engine, const arguments& words) {
  const flags options("rename", {}, words);
  const auto& names = options.rest(2, 2);
  engine.rename(names[0], names[1]);
  return 0;
}

int remove(engine& engine, const arguments& words) {
  const flags options(
      "rm",
      {{"--force", 'f', kind::toggle, "kill and remove a running container"},
       {"--volumes", 'v', kind::toggle, "remove anonymous volumes of the container"}},
      words);
  const bool force = options.on("--force"), volumes = options.on("--volumes");
  static constexpr int was_missing = 1;
  return all_at_once(
      options,
      [&](const auto& name) {
        transition removal{-1, [] { return reply<int>{was_missing, {}}; }};
        forgive_missing(force, [&] { removal = engine.remove(name, force, volumes); });
        return transition{removal.fd, [force, finish = removal.finish] {
                            reply<int> result{was_missing, {}};
                            forgive_missing(force, [&] { result = finish(); });
                            return result;
                          }};
      },
      [](const auto& name, int result) {
        if (result != was_missing) print_name(name, result);
      });
}

int wait(engine& engine, const arguments& words) {
  const flags options("wait", {}, words);
  return all_at_once(
      options, [&](const auto& name) { return engine.wait(name); },
      [](const auto&, int status) { print(fmt::format("{}\n", status)); });
}

const command start_command({"start", "container start"},
                            {"start stopped containers", "CONTAINER [CONTAINER...]",
                             "zoomin start web db", "zoomin start -ai shell"},
                            start);
const command stop_command({"stop", "container stop"},
                           {"stop running containers", "CONTAINER [CONTAINER...]",
                            "zoomin stop web", "zoomin stop -t 2 web db"},
                           stop);
const command restart_command({"restart", "container restart"},
                              {"restart containers", "CONTAINER [CONTAINER...]",
                               "zoomin restart web", "zoomin restart -t 0 web"},
                              restart);
const command kill_command({"kill", "container kill"},
                           {"send a signal to containers (default KILL)",
                            "CONTAINER [CONTAINER...]", "zoomin kill web",
                            "zoomin kill -s HUP web"},
                           kill);
const command pause_command({"pause", "container pause"},
                            {"freeze all processes of containers",
                             "CONTAINER [CONTAINER...]", "zoomin pause web",
                             "zoomin pause web db"},
                            pause);
const command unpause_command({"unpause", "container unpause"},
                              {"unpause all processes of containers",
                               "CONTAINER [CONTAINER...]", "zoomin unpause web",
                               "zoomin unpause web db"},
                              unpause);
const command rename_command({"rename", "container rename"},
                             {"rename a container", "CONTAINER NEW_NAME",
                              "zoomin rename web web-old", "zoomin rename 3f4e web"},
                             rename);
const command rm_command({"rm", "container rm", "container remove"},
                         {"remove containers and their writable layers",
                          "CONTAINER [CONTAINER...]", "zoomin rm web",
                          "zoomin rm -fv web db"},
                         remove);
const command wait_command({"wait", "container wait"},
                           {"block until containers stop, then print their exit codes",
                            "CONTAINER [CONTAINER...]", "zoomin wait web",
                            "zoomin wait web db"},
                           wait);

}  // namespace

}  // namespace zoomin::cli
