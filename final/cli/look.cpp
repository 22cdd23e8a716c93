// SPDX-License-Identifier: MIT
// look: shows a container, or any process, from the host and from inside.
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include "cli/command.hpp"
#include "cli/flags.hpp"
#include "common/error.hpp"
#include "common/narration.hpp"
#include "container/reconcile.hpp"
#include "container/runtime/explain.hpp"
#include "container/store.hpp"

namespace zoomin::cli {

namespace {

bool is_process(const std::string& text) {
  return !text.empty() && text.size() < 8 &&
         text.find_first_not_of("0123456789") == std::string::npos &&
         ::kill(std::stoi(text), 0) == 0;
}

pid_t process_of(const std::string& reference) {
  if (is_process(reference)) return std::stoi(reference);
  const auto now = container::reconcile(container::find(reference));
  if (now.status != container::status::running)
    throw usage_error(failure_kind::not_running,
                      fmt::format("Container {} is not running", reference));
  return now.pid;
}

int look(const arguments& words) {
  const flags options("look", {format_flag}, words);
  const std::string how = options.text("--format", "table");
  if (how != "table" && how != "json")
    throw misuse(fmt::format("look --format {}: expected table or json", how));
  const pid_t pid = process_of(options.rest(1, 1)[0]);
  if (how == "json") narration::begin({narration::style::json, false, {}});
  narration::set_output(STDOUT_FILENO);
  container::narrate_both_sides(pid);
  return 0;
}

const command look_command({"look"},
                           {"compare a container with the host, layer by layer",
                            "CONTAINER|PID", "zoomin look web",
                            "zoomin look --format json 4711"},
                           look);

}  // namespace

}  // namespace zoomin::cli
