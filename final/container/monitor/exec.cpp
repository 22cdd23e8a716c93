// SPDX-License-Identifier: MIT
#include "container/monitor/exec.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>

#include "01-pid/pid.hpp"
#include "04-cgroups/cgroup.hpp"
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

// As the container's are since its start.
process process_of(process one, const std::string& id, const exec_options& options) {
  one.keyring = id;
  one.command = options.command;
  for (const auto& variable : options.environment) one.environment.push_back(variable);
  if (!options.user.empty()) one.user = options.user;
  if (!options.directory.empty()) one.directory = options.directory;
  one.terminal = options.terminal;
  one.has_input = options.has_input;
  return one;
}

// Gives its exit status.
int live(const cgroup::group& group, int first, const process& process,
         attached_client client, pid::gate& caller) {
  auto pipes = process.terminal ? std::pair<outer_ends, inner_ends>()
                                : make_pipes(process.has_input);
  auto child = spawn_exec(group, first, process, pipes.second);
  if (process.terminal && child.received_descriptors().empty())
    throw sys::error(EPIPE, "gate", "terminal");
  event_loop talk({});
  talk.serve(child,
             process.terminal
                 ? terminal_ends(std::move(child.received_descriptors().back()),
                                 process.has_input)
                 : std::move(pipes.first),
             process.terminal, nullptr);
  talk.attach(std::move(client.streams), client.input);
  talk.watch(std::move(client.control));
  child.start();
  caller.send(pid::message::ready);
  caller.close();
  close_messages();
  const int status = talk.run().status();
  talk.finish(status);
  return status;
}

}  // namespace

void exec(const std::string& reference, const exec_options& options,
          attached_client client) {
  const std::string id = find(reference);
  const unique_fd first = first_process(id, reference);
  const state now = read_state(id);
  if (now.paused)
    throw usage_error(failure_kind::conflict,
                      fmt::format("Container {} is paused", reference),
                      fmt::format("zoomin unpause {}", reference));
  auto container = parse_way_in(read_config(id), read_filter(id));
  process process = process_of(std::move(container.first), id, options);
  process.size = client.size;
  const std::string words = fmt::format(": {}", fmt::join(process.command, " "));
  emit("exec_create" + words, id, now);
  daemonize("zoomin exec " + id.substr(0, 12), [&](pid::gate& caller) {
    emit("exec_start" + words, id, now);
    const int status = live(cgroup::open(id, container.cgroup_parent), first.get(),
                            process, std::move(client), caller);
    emit("exec_die", id, now, {{"exitCode", std::to_string(status)}});
  });
}

}  // namespace zoomin::container
