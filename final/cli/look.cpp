// SPDX-License-Identifier: MIT
// look: the commands look, port and diff, which show one container.
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include "base/printable.hpp"
#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/flags.hpp"
#include "cli/show.hpp"
#include "common/error.hpp"
#include "common/narration.hpp"
#include "common/text.hpp"
#include "docker/containers.hpp"
#include "engine.hpp"

namespace zoomin::cli {

namespace {

bool is_process(const std::string& text) {
  const auto pid = text::whole_number(text);
  return pid && text.size() < 8 && ::kill(static_cast<pid_t>(*pid), 0) == 0;
}

pid_t process_of(engine& engine, const std::string& reference) {
  return is_process(reference) ? std::stoi(reference) : engine.pid_of(reference);
}

int look(engine& engine, const arguments& words) {
  const flags options("look", {format_flag}, words);
  const std::string format = options.text("--format", "table");
  if (format != "table" && format != "json")
    throw misuse(fmt::format("look --format {}: expected table or json", format));
  const pid_t pid = process_of(engine, options.rest(1, 1)[0]);
  if (format == "json") narration::begin({.style = narration::style::json});
  narration::set_output(STDOUT_FILENO);
  engine.compare_views(pid);
  return 0;
}

int port(engine& engine, const arguments& words) {
  const flags options("port", {}, words);
  const auto& rest = options.rest(1, 2);
  const std::string private_port = rest.size() > 1 ? rest[1] : "";
  const auto text = docker::published_text(engine.state_of(rest[0]), private_port);
  if (text.empty() && !private_port.empty())
    throw usage_error(
        fmt::format("No public port '{}' published for {}", private_port, rest[0]));
  print(text);
  return 0;
}

int diff(engine& engine, const arguments& words) {
  const flags options("diff", {}, words);
  std::string text;
  for (const auto& [kind, path] : unwrap(engine.changes(options.rest(1, 1)[0])))
    text += fmt::format("{} {}\n", kind, base::printable(path));
  print(text);
  return 0;
}

const command look_command({"look"},
                           {"compare a container with the host, layer by layer",
                            "CONTAINER|PID", "zoomin look web",
                            "zoomin look --format json 4711"},
                           look);
const command port_command({"port", "container port"},
                           {"list a container's published ports",
                            "CONTAINER [PRIVATE_PORT[/PROTO]]", "zoomin port web",
                            "zoomin port web 80/tcp"},
                           port);
const command diff_command({"diff", "container diff"},
                           {"list changed files: A added, C changed, D deleted",
                            "CONTAINER", "zoomin diff web", "zoomin container diff web"},
                           diff);

}  // namespace

}  // namespace zoomin::cli
