// SPDX-License-Identifier: MIT
// exec and attach: this command's streams become those of a process inside.
#include <fmt/format.h>

#include <utility>

#include "cli/create_flags.hpp"
#include "cli/flags.hpp"
#include "cli/foreground.hpp"
#include "common/error.hpp"
#include "container/monitor/exec.hpp"
#include "container/reconcile.hpp"
#include "container/spec/spec.hpp"
#include "container/store.hpp"
#include "security/security.hpp"

namespace zoomin::cli {

namespace {

std::vector<flag> exec_flags() {
  using enum kind;
  return {{"--detach", 'd', toggle, "", "run the command in the background"},
          {"--interactive", 'i', toggle, "", "keep stdin open"},
          {"--tty", 't', toggle, "", "allocate a terminal"},
          {"--env", 'e', list, "", "set an environment variable: NAME=VALUE or NAME"},
          {"--env-file", 0, list, "", "read environment variables from a file"},
          {"--workdir", 'w', text, "", "working directory inside the container"},
          {"--user", 'u', text, "", "user name or ID, with :GROUP if wanted"},
          {"--detach-keys", 0, text, "", "key sequence to detach (ctrl-p,ctrl-q)"}};
}

container::exec_options more_of(const flags& options) {
  const auto& words = options.rest(2);
  container::exec_options one;
  one.command.assign(words.begin() + 1, words.end());
  for (auto& variable : environment_of(options))
    if (variable.find('=') != std::string::npos)
      one.environment.push_back(std::move(variable));
  one.user = options.text("--user");
  security::validate_user(one.user);
  one.directory = options.text("--workdir");
  one.terminal = options.on("--tty");
  one.has_input = options.on("--interactive");
  return one;
}

int exec(const arguments& items) {
  const flags options("exec", exec_flags(), items, true);
  auto one = more_of(options);
  const std::string name = options.rest()[0];
  if (options.on("--detach")) {
    container::exec(name, one, {});
    return 0;
  }
  const bool input = one.has_input, terminal = one.terminal;
  auto how = attach_options_of(options);
  require_terminal(input, terminal);
  auto [streams, their_streams] = container::control::make_pair();
  auto [watch, their_watch] = container::control::make_pair();
  container::exec(name, one,
                  {std::move(their_streams), input, std::move(their_watch),
                   terminal ? window_size() : container::window{}});
  return follow({container::control(std::move(watch)), std::move(streams), input,
                 terminal, std::move(how)});
}

int attach(const arguments& items) {
  const flags options(
      "attach",
      {{"--no-stdin", 0, kind::toggle, "", "don't attach stdin"},
       {"--sig-proxy", 0, kind::toggle, "",
        "forward signals to the container (default true)"},
       {"--detach-keys", 0, kind::text, "", "key sequence to detach (ctrl-p,ctrl-q)"}},
      items);
  auto how = attach_options_of(options);
  const std::string name = options.rest(1, 1)[0];
  const std::string id = container::find(name);
  auto streams = container::control::connect(id);
  auto watch = container::control::connect(id);
  if (!streams || !watch || container::reconcile(id).status != container::status::running)
    throw usage_error(fmt::format("Container {} is not running", name));
  const auto spec = container::parse_spec(container::container_json(id));
  const bool input = spec.first.has_input && !options.on("--no-stdin");
  require_terminal(input, spec.first.terminal);
  watch->say("wait");
  streams->ask(input ? "attach input" : "attach");
  return follow(
      {std::move(*watch), streams->take(), input, spec.first.terminal, std::move(how)});
}

const command exec_command({"exec", "container exec"},
                           {"run a command in a running container",
                            "CONTAINER COMMAND [ARG...]", "zoomin exec -it web sh",
                            "zoomin exec -u 1000 -w /tmp web ls -l"},
                           exec);
const command attach_command({"attach", "container attach"},
                             {"attach to a running container's input and output",
                              "CONTAINER", "zoomin attach web",
                              "zoomin attach --no-stdin web"},
                             attach);

}  // namespace

}  // namespace zoomin::cli
