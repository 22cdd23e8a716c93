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
#include "container/rootfs.hpp"
#include "container/runtime/oci_config.hpp"
#include "container/store.hpp"
#include "security/self_protection.hpp"

namespace zoomin::container {

namespace {

constexpr std::uint64_t joined =
    CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWCGROUP;

// Without it nobody inside may trace who has more rights, ptrace(2), so there is nothing
// to hide; and being unseen takes one more of the container's processes for a moment.
bool may_trace(const process& what) {
  return std::ranges::find(what.confinement.capabilities, "CAP_SYS_PTRACE") !=
         what.confinement.capabilities.end();
}

// As the container's are since its start.
process process_of(process one, const std::string& id, const more& what) {
  one.keyring = id;
  one.command = what.command;
  for (const auto& variable : what.environment) one.environment.push_back(variable);
  if (!what.user.empty()) one.user = what.user;
  if (!what.directory.empty()) one.directory = what.directory;
  one.terminal = what.terminal;
  one.has_input = what.has_input;
  return one;
}

}  // namespace

pid::child give_birth(const cgroup::group& group, int first, const process& what,
                      inner_ends& ends) {
  pid::birth birth{.namespaces = 0,
                   .cgroup = group.fd(),
                   .command = what.command,
                   .environment = what.environment,
                   .session = true,
                   .unseen = may_trace(what)};
  if (!birth.unseen)
    birth.before = [&] {
      security::leave_program();
      pid::join(first, CLONE_NEWPID);
    };
  auto child = pid::spawn(birth, [&](pid::gate& door) {
    security::leave_program();
    set_oom_score(what.oom_score_adj);
    group.join();
    pid::join(first, joined | (birth.unseen ? CLONE_NEWPID : 0));
    become(what, ends, door, birth.environment, false);
  });
  ends = {};
  child.release();
  return child;
}

namespace {

// Gives its exit status.
int live(const cgroup::group& group, int first, const process& what, onlooker who,
         pid::gate& caller) {
  auto pipes =
      what.terminal ? std::pair<outer_ends, inner_ends>() : make_pipes(what.has_input);
  auto child = give_birth(group, first, what, pipes.second);
  if (what.terminal && child.handed().empty())
    throw sys::error(EPIPE, "gate", "terminal");
  session talk({});
  talk.serve(child,
             what.terminal
                 ? terminal_ends(std::move(child.handed().back()), what.has_input)
                 : std::move(pipes.first),
             what.terminal, nullptr);
  talk.attach(std::move(who.streams), who.input);
  talk.watch(std::move(who.control));
  child.start();
  caller.send(pid::message::ready);
  caller.close();
  leave_messages();
  const int status = talk.run().status();
  talk.finish(status);
  return status;
}

}  // namespace

void exec(const std::string& reference, const more& what, onlooker who) {
  const std::string id = find(reference);
  const unique_fd first = first_process(id, reference);
  const state now = read_state(id);
  if (now.paused)
    throw usage_error(failure_kind::conflict,
                      fmt::format("Container {} is paused", reference),
                      fmt::format("zoomin unpause {}", reference));
  auto container = parse_way_in(read_config(id), read_filter(id));
  process one = process_of(std::move(container.first), id, what);
  one.size = who.size;
  const std::string words = fmt::format(": {}", fmt::join(one.command, " "));
  tell("exec_create" + words, id, now);
  in_background("zoomin exec " + id.substr(0, 12), [&](pid::gate& caller) {
    tell("exec_start" + words, id, now);
    const int status = live(cgroup::open(id, container.cgroup_parent), first.get(), one,
                            std::move(who), caller);
    tell("exec_die", id, now, {{"exitCode", std::to_string(status)}});
  });
}

}  // namespace zoomin::container
