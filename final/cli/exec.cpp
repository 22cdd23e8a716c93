// SPDX-License-Identifier: MIT
// exec: the commands exec and attach, which connect this command's streams with a process
// in a container.
#include <utility>

#include "cli/command.hpp"
#include "cli/create_flags.hpp"
#include "cli/flags.hpp"
#include "cli/foreground.hpp"
#include "cli/show.hpp"
#include "engine.hpp"

namespace zoomin::cli {

namespace {

std::vector<flag> exec_flags() {
  using enum kind;
  return {{"--detach", 'd', toggle, "detached mode: run command in the background"},
          {"--interactive", 'i', toggle, "keep stdin open even if not attached"},
          {"--tty", 't', toggle, "allocate a pseudo-TTY"},
          {"--env", 'e', list, "set environment variables: NAME=VALUE or NAME"},
          {"--env-file", 0, list, "read in a file of environment variables"},
          {"--workdir", 'w', text, "working directory inside the container"},
          {"--user", 'u', text, "user name or UID (format: NAME|UID[:GROUP|GID])"},
          {"--detach-keys", 0, text, "key sequence to detach (ctrl-p,ctrl-q)"}};
}

container::exec_options exec_options_of(const flags& options) {
  const auto& words = options.rest(2);
  container::exec_options process;
  process.command.assign(words.begin() + 1, words.end());
  for (auto& variable : environment_of(options))
    if (variable.find('=') != std::string::npos)
      process.environment.push_back(std::move(variable));
  process.user = options.text("--user");
  process.directory = options.text("--workdir");
  process.terminal = options.on("--tty");
  process.has_input = options.on("--interactive");
  return process;
}

int exec(engine& engine, const arguments& words) {
  const flags options("exec", exec_flags(), words, true);
  const auto process = exec_options_of(options);
  const std::string name = options.rest()[0];
  // A copy of this process owns the exec: zoomin is small, and a copy starts faster than
  // another program.
  constexpr auto owner = container::exec_owner::copy;
  if (options.on("--detach")) {
    print_warnings(engine.start_exec(engine.create_exec(name, process), owner));
    return 0;
  }
  const attach_request request = attach_request_of(process.has_input, process.terminal);
  auto attach = attach_options_of(options);
  require_terminal(request.input, request.terminal);
  const auto created = engine.create_exec(name, process);
  return follow(unwrap(engine.start_exec_attached(created, request, owner)),
                std::move(attach));
}

int attach(engine& engine, const arguments& words) {
  const flags options(
      "attach",
      {{"--no-stdin", 0, kind::toggle, "don't attach stdin"},
       {"--sig-proxy", 0, kind::toggle,
        "forward signals to the container (default true)"},
       {"--detach-keys", 0, kind::text, "key sequence to detach (ctrl-p,ctrl-q)"}},
      words);
  auto attach = attach_options_of(options);
  const std::string name = options.rest(1, 1)[0];
  const bool input = !options.on("--no-stdin");
  const auto process = engine.spec_of(name).init_process;
  require_terminal(input && process.has_input, process.terminal);
  return follow(engine.attach(name, input), std::move(attach));
}

const command exec_command({"exec", "container exec"},
                           {"run a command in a running container",
                            "CONTAINER COMMAND [ARG...]", "zoomin exec -it web sh",
                            "zoomin exec -u 1000 -w /tmp web ls -l"},
                           exec);
const command attach_command({"attach", "container attach"},
                             {"attach stdin, stdout and stderr to a running container",
                              "CONTAINER", "zoomin attach web",
                              "zoomin attach --no-stdin web"},
                             attach);

}  // namespace

}  // namespace zoomin::cli
