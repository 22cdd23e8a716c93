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
#include "container/monitor/daemonize.hpp"
#include "container/monitor/event_loop.hpp"
#include "container/runtime/init.hpp"
#include "container/runtime/oci_config.hpp"
#include "container/runtime/rootfs.hpp"
#include "container/store.hpp"
#include "security/self_protection.hpp"

namespace zoomin::container {

namespace {

// Returns the properties of the new process: the container's, changed by the options.
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

// Runs the event loop of an exec. Returns the exit status of the process.
int run(const cgroup::group& group, int init, const process& process,
        attached_client client, pid::gate& caller) {
  auto pipes = process.terminal ? std::pair<outer_ends, inner_ends>()
                                : make_pipes(process.has_input);
  auto child = spawn_exec(group, init, process, pipes.second);
  if (process.terminal && child.received_descriptors().empty())
    throw sys::error(EPIPE, "gate", "terminal");
  event_loop loop({});
  loop.serve(child,
             process.terminal
                 ? terminal_ends(std::move(child.received_descriptors().back()),
                                 process.has_input)
                 : std::move(pipes.first),
             process.terminal, nullptr);
  loop.attach(std::move(client.streams), client.input);
  loop.watch(std::move(client.control));
  child.start();
  caller.send(pid::message::ready);
  caller.close();
  detach_stderr();
  const int status = loop.run().status();
  loop.finish(status);
  return status;
}

}  // namespace

void exec(const std::string& reference, const exec_options& options,
          attached_client client) {
  const std::string id = find(reference);
  const unique_fd init = open_init(id, reference);
  const state now = read_state(id);
  if (now.paused)
    throw usage_error(
        failure_kind::conflict,
        fmt::format("Container {} is paused, unpause the container before exec",
                    reference),
        fmt::format("run `zoomin unpause {}`", reference));
  auto config = parse_exec_config(read_config(id), read_filter(id));
  process process = process_of(std::move(config.init_process), id, options);
  process.size = client.size;
  const std::string command = fmt::format(": {}", fmt::join(process.command, " "));
  emit("exec_create" + command, id, now);
  daemonize("zoomin exec " + id.substr(0, 12), [&](pid::gate& caller) {
    emit("exec_start" + command, id, now);
    const int status = run(cgroup::open(id, config.cgroup_parent), init.get(), process,
                           std::move(client), caller);
    emit("exec_die", id, now, {{"exitCode", std::to_string(status)}});
  });
}

}  // namespace zoomin::container
