// SPDX-License-Identifier: MIT
#include "container/monitor/exec.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>

#include "01-pid/pid.hpp"
#include "cgroup/existing.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"
#include "container/control.hpp"
#include "container/monitor/daemonize.hpp"
#include "container/monitor/event_loop.hpp"
#include "container/monitor/handover.hpp"
#include "container/reconcile.hpp"
#include "container/runtime/init.hpp"
#include "container/runtime/oci_config.hpp"
#include "container/runtime/rootfs.hpp"
#include "container/store.hpp"
#include "security/self_protection.hpp"

namespace zoomin::container {

namespace {

// Returns the properties of the new process: those of the container's init, changed by
// the options.
process process_of(process process_config, const std::string& id,
                   const exec_options& options) {
  process_config.keyring = id;
  process_config.command = options.command;
  for (const auto& variable : options.environment)
    process_config.environment.push_back(variable);
  if (!options.user.empty()) process_config.user = options.user;
  if (!options.directory.empty()) process_config.directory = options.directory;
  process_config.terminal = options.terminal;
  process_config.has_input = options.has_input;
  return process_config;
}

struct exec_context {
  exec_name name;
  unique_fd lock;
  unique_fd listener;
  attached_client client;
  exec_state state;
};

void note(exec_context& context, bool running) {
  context.state.started = true;
  context.state.running = running;
  write_exec_state(context.name, context.state);
}

// Runs the event loop of an exec. Returns the exit status of the process.
int run(exec_context& context, const cgroup::group& group, int init,
        const process& process, pid::gate& caller) {
  auto pipes = process.terminal ? std::pair<outer_ends, inner_ends>()
                                : make_pipes(process.has_input);
  auto child = spawn_exec(group, init, process, pipes.second);
  if (process.terminal && child.received_descriptors().empty())
    throw sys::error(EPIPE, "gate", "terminal");
  event_loop loop(std::move(context.listener), directory_of(context.name.container));
  loop.serve(child,
             process.terminal
                 ? terminal_ends(std::move(child.received_descriptors().back()),
                                 process.has_input)
                 : std::move(pipes.first),
             process.terminal, nullptr);
  loop.attach(std::move(context.client.streams), context.client.input);
  loop.watch(std::move(context.client.control));
  child.start();
  context.state.pid = child.id();
  note(context, true);
  caller.send(pid::message::ready);
  caller.close();
  detach_stderr();
  context.state.exit_code = loop.run().status();
  note(context, false);
  context.lock.reset();
  loop.finish(context.state.exit_code);
  return context.state.exit_code;
}

// Records why the process could not be started.
void note_failure(exec_context& context, const std::exception& failure) {
  const auto* refused = dynamic_cast<const sys::error*>(&failure);
  context.state.exit_code = refused != nullptr ? exit_status_of(*refused) : 125;
  note(context, false);
}

std::string text_of(const exec_options& options) {
  return fmt::format(": {}", fmt::join(options.command, " "));
}

// The container in which a process will run.
struct running_container {
  std::string id;
  unique_fd init;
  container::state state;
};

void require_unpaused(const state& now, const std::string& reference) {
  if (!now.paused) return;
  throw usage_error(
      failure_kind::conflict,
      fmt::format("Container {} is paused, unpause the container before exec", reference),
      fmt::format("run `zoomin unpause {}`", reference));
}

// Throws usage_error if the container isn't running, or is paused.
running_container open_running(const std::string& id) {
  const std::string short_id = id.substr(0, 12);
  running_container result{.id = id, .init = open_init(id, short_id), .state = {}};
  result.state = read_state(id);
  require_unpaused(result.state, short_id);
  return result;
}

// Runs an exec, in the process that outlives the command.
void run_in(const running_container& container, exec_context& context,
            pid::gate& caller) try {
  const std::string& id = container.id;
  auto config = parse_config(read_config(id), read_filter(id));
  const exec_options options = read_exec(context.name);
  process process = process_of(std::move(config.init_process), id, options);
  process.size = context.client.size;
  emit("exec_start" + text_of(options), id, container.state,
       {{"execID", context.name.id}});
  const int status = run(context, cgroup::open(id, config.cgroup_parent),
                         container.init.get(), process, caller);
  emit("exec_die", id, container.state,
       {{"execID", context.name.id}, {"exitCode", std::to_string(status)}});
} catch (const std::exception& failure) {
  if (!context.state.started) note_failure(context, failure);
  throw;
}

}  // namespace

exec_name create_exec(const std::string& reference, const exec_options& options) {
  const std::string id = find(reference);
  const state now = reconcile(id);
  require_running(now, reference);
  require_unpaused(now, reference);
  auto name = add_exec(id, options);
  emit("exec_create" + text_of(options), id, now, {{"execID", name.id}});
  return name;
}

void start_exec(const exec_name& name, attached_client client, exec_owner owner,
                const std::string& program) {
  const auto container = open_running(name.container);
  exec_context context{.name = name,
                       .lock = hold_to_start(name),
                       .listener = listen_in(directory_of(name)),
                       .client = std::move(client),
                       .state = {}};
  if (owner == exec_owner::copy)
    return daemonize(exec_title(name.container),
                     [&](pid::gate& caller) { run_in(container, context, caller); });
  std::vector<attached_client> clients;
  clients.push_back(std::move(context.client));
  const auto [text, descriptors] = words_of(context.lock, context.listener, clients);
  auto loop = launch(program, {"__exec", name.id, text}, descriptors);
  wait_until_ready(loop);
}

void run_exec(const std::vector<std::string>& words) {
  auto [taken, from] = take_over(words);
  const auto name = find_exec(words[0]);
  // clang 14 captures a structured binding only by name.
  run_as_daemon(exec_title(name.container), std::move(from),
                [&, &taken = taken](pid::gate& gate) {
                  exec_context context{.name = name,
                                       .lock = std::move(taken.lock),
                                       .listener = std::move(taken.listener),
                                       .client = std::move(taken.clients.at(0)),
                                       .state = {}};
                  run_in(open_running(name.container), context, gate);
                });
}

void resize_exec(const exec_name& exec, window size) {
  auto owner = control::connect_in(directory_of(exec), exec_title(exec.container));
  if (!owner)
    throw usage_error(failure_kind::not_running,
                      fmt::format("Exec command {} is not running", exec.id));
  owner->ask(fmt::format("resize {} {}", size.rows, size.columns));
}

}  // namespace zoomin::container
