// SPDX-License-Identifier: MIT
#include "container/monitor/monitor.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

#include <chrono>
#include <memory>

#include "01-pid/pid.hpp"
#include "02-net/net.hpp"
#include "04-cgroups/cgroup.hpp"
#include "04-cgroups/look.hpp"
#include "05-overlay/overlay.hpp"
#include "base/lazy_library.hpp"
#include "base/pages.hpp"
#include "common/error.hpp"
#include "common/program.hpp"
#include "common/sys.hpp"
#include "container/log/writer.hpp"
#include "container/monitor/control.hpp"
#include "container/monitor/daemonize.hpp"
#include "container/monitor/event_loop.hpp"
#include "container/monitor/exec.hpp"
#include "container/monitor/health.hpp"
#include "container/rootfs.hpp"
#include "container/runtime/endpoints.hpp"
#include "container/runtime/explain.hpp"
#include "container/runtime/init.hpp"
#include "container/runtime/links.hpp"
#include "container/runtime/mounts.hpp"
#include "container/runtime/oci_config.hpp"
#include "container/runtime/shared_namespaces.hpp"
#include "container/runtime/volumes.hpp"
#include "container/spec/spec.hpp"
#include "container/store.hpp"
#include "container/writable_layer.hpp"
#include "image/image.hpp"

namespace zoomin::container {

namespace {

// All that the monitor is given.
struct task {
  std::string id;
  unique_fd lock;
  unique_fd listener;  // who connects early is heard once there is a session
  asked wanted;
  std::vector<std::string> layers;
  state now;
  onlooker who;
  // While it runs.
  const config* made = nullptr;
  const cgroup::group* group = nullptr;
  connection* network = nullptr;
  pid::child* child = nullptr;
  std::unique_ptr<health_watch> checks{};
};

// How a run ended.
struct outcome {
  int status = 0;
  std::string oom{};  // who was killed for want of memory
  std::chrono::steady_clock::duration took{};
  [[nodiscard]] std::string why() const { return status == 128 + SIGKILL ? oom : ""; }
};

// Of all containers together, so that one without a limit doesn't take the host down.
std::uint64_t most_memory() {
  struct sysinfo machine {};
  ::sysinfo(&machine);
  return std::uint64_t{machine.totalram} * machine.mem_unit / 10 * 9;
}

void note_running(task& of, const config& made, pid::child& child, connection& network,
                  const cgroup::group& group) {
  of.made = &made;
  of.group = &group;
  of.network = &network;
  of.child = &child;
  of.now.is = status::running;
  of.now.pid = child.id();
  of.now.started_at = now_text();
  of.now.boot_id = boot_id();
  of.now.addresses = network.addresses();
  of.now.ports = network.published_ports();
  of.now.relayed = network.relayed_ports();
  of.now.error.clear();
  of.now.oom_killed = false;
  write_state(of.id, of.now, false);
  tell("start", of.id, of.now);
}

void forget_run(task& of) {
  of.checks.reset();
  of.made = nullptr;
  of.group = nullptr;
  of.network = nullptr;
  of.child = nullptr;
}

void note_end(task& of, const outcome& last, status is, bool by_user) {
  of.now.is = is;
  of.now.pid = 0;
  of.now.paused = false;
  of.now.stopped = by_user;
  of.now.exit_code = last.status;
  of.now.oom_killed = !last.oom.empty();
  of.now.finished_at = now_text();
  of.now.addresses.clear();
  of.now.ports.clear();
  of.now.relayed.clear();
  try {
    write_state(of.id, of.now);
  } catch (const sys::error&) {
    // Read-only by now: whoever waits is told; who looks later finds that it has ended.
  }
}

void tell_end(const task& of, const outcome& last) {
  if (!last.oom.empty()) tell("oom", of.id, of.now);
  tell("die", of.id, of.now, {{"exitCode", std::to_string(last.status)}});
}

outer_ends ends_of(outer_ends pipes, pid::child& child, const process& first) {
  if (!first.terminal) return pipes;
  if (child.handed().empty()) throw sys::error(EPIPE, "gate", "terminal");
  return terminal_ends(std::move(child.handed().back()), first.has_input);
}

// Empty where none is wanted.
std::unique_ptr<log> log_of(const task& of) {
  if (!of.wanted.keeps_log) return {};
  return std::make_unique<log>(directory_of(of.id), of.wanted.log);
}

// As --rm and `rm -f` do: with the volumes that nobody named where it was --rm.
void erase_with_volumes(const task& of) {
  const auto volumes =
      of.wanted.remove ? anonymous_volumes(of.id) : std::vector<std::string>();
  erase(of.id);
  tell("destroy", of.id, of.now);
  remove_unused(volumes);
}

// The command that started it goes its own way, and takes its stderr along.
void let_go_of(pid::gate& caller, unique_fd& story, bool stays) {
  caller.send(pid::message::ready);
  caller.close();
  leave_messages();
  if (stays) return;
  narration::tell_on(-1);
  story.reset();
}

// In a process of its own.
int check_health(const task& of, unique_fd output, unsigned number) {
  process one = of.made->first;
  one.command = of.wanted.health.command;
  one.terminal = one.has_input = false;
  try {
    inner_ends ends{.in = {}, .out = unique_fd(::dup(output.get())), .err = {}};
    ends.err = unique_fd(::dup(output.get()));
    const auto first = sys::pidfd_open(of.now.pid);
    auto child = give_birth(cgroup::open_part(of.id, of.wanted.cgroup_parent, number),
                            first.get(), one, ends);
    child.start();
    return child.wait().status();
  } catch (const sys::error& failure) {
    const std::string_view why = failure.what();
    [[maybe_unused]] const auto ignored = ::write(output.get(), why.data(), why.size());
    return exit_status_of(failure);
  }
}

// Ends the processes of a health check. Any that can't be ended now end with the
// container.
void end_check(const task& of, unsigned number) {
  try {
    cgroup::kill_part(of.id, of.wanted.cgroup_parent, number);
  } catch (const std::exception& failure) {
    narration::warn(failure.what());
  }
}

void note_health(task& of, const health& known, bool changed) {
  write_health(of.id, text_of(known));
  if (!changed) return;
  of.now.health = known.status;
  write_state(of.id, of.now, false);
  if (!known.log.empty()) tell("health_status: " + known.status, of.id, of.now);
}

companion* watch_health(task& of) {
  of.now.health.clear();
  if (of.wanted.health.command.empty()) return nullptr;
  of.checks = std::make_unique<health_watch>(
      of.wanted.health,
      [&](unique_fd output, unsigned number) {
        return check_health(of, std::move(output), number);
      },
      [&](unsigned number) { end_check(of, number); },
      [&](const health& known, bool changed) { note_health(of, known, changed); });
  return of.checks.get();
}

// Nothing is written down that the kernel refused.
void update(task& of, const std::string& host_config) {
  const std::string text = changed(container_json(of.id), host_config);
  const asked wanted = parse_asked(text);
  if (of.group != nullptr) of.group->limit(wanted.limits);
  of.wanted.limits = wanted.limits;
  of.wanted.restart = wanted.restart;
  write_container_json(of.id, text);
  tell("update", of.id, of.now);
}

void require_running(const task& of) {
  if (of.network == nullptr)
    throw usage_error(failure_kind::not_running,
                      fmt::format("Container {} is not running", of.id.substr(0, 12)));
}

// While it runs: it has one network more, or less.
void note_networks(task& of, const std::string& document) {
  write_container_json(of.id, document);
  const asked changed = parse_asked(document);
  of.wanted.network = changed.network;
  of.wanted.networks = changed.networks;
  of.now.addresses = of.network->addresses();
  of.now.ports = of.network->published_ports();
  write_state(of.id, of.now, false);
}

void note_paused(task& of, bool paused) {
  of.now.paused = paused;
  write_state(of.id, of.now, false);
}

// Only where it can be written down: on a full disk, say, nobody would know.
void freeze(task& of) {
  try {
    note_paused(of, true);
  } catch (...) {
    of.now.paused = false;
    throw;
  }
  try {
    of.group->freeze(true);
  } catch (...) {
    note_paused(of, false);
    throw;
  }
}

// Whatever can be written: it may be on the way to its end.
void thaw(task& of) {
  of.group->freeze(false);
  try {
    note_paused(of, false);
  } catch (const sys::error&) {
    // `ps` calls it paused until it ends.
  }
}

void pause(task& of, bool wanted) {
  wanted ? freeze(of) : thaw(of);
  if (of.checks) of.checks->pause(wanted);
  tell(wanted ? "pause" : "unpause", of.id, of.now);
}

// On its first network with names it begins to ask for them.
void connect(task& of, session& talk, const std::string& words) {
  const auto added = parse_attachment(words);
  const auto document = connected(container_json(of.id), added);
  require_running(of);
  of.network->join(added, *of.child);
  const asked before = of.wanted;
  try {
    note_networks(of, document);
  } catch (...) {
    of.network->part(added.network, *of.child);
    throw;
  }
  auto* names = of.network->serve_names(*of.child, of.wanted);
  if (names == nullptr) return;
  talk.accompany(names);
  renew_resolvers(root(of.id).get(), before, of.wanted);
}

void disconnect(task& of, const std::string& network) {
  const auto document = disconnected(container_json(of.id), network);
  require_running(of);
  write_container_json(of.id, document);  // what can't be written isn't done
  of.network->part(network, *of.child);
  note_networks(of, document);
}

// What is asked of the owner.
session::owner abilities(task& of, session& talk) {
  return {.pause = [&](bool wanted) { pause(of, wanted); },
          .rename =
              [&](const std::string& name) {
                rename(of.id, of.now, name);
                if (of.network != nullptr) of.network->rename(name);
              },
          .update = [&](const std::string& words) { update(of, words); },
          .connect = [&](const std::string& words) { connect(of, talk, words); },
          .disconnect = [&](const std::string& network) { disconnect(of, network); },
          .pin =
              [&] {
                require_running(of);
                of.network->pin(of.child->id());
              },
          .end_rest =
              [&] {
                if (!of.wanted.shares.pid.none()) of.group->kill();
              },
          .stop_signal = of.wanted.stop_signal,
          .patience = std::chrono::seconds(of.wanted.stop_timeout_s)};
}

// What its mount namespace is to have beside its root; its names are in files there.
std::vector<mnt::place> places_with_names(const asked& wanted, const neighbours& others,
                                          const connection& network) {
  make_sources(wanted);
  asked named = others.with_names(wanted);
  resolve_links(named);
  auto all = places_of(named);
  name_hosts(all, named, others.address_or(network.address()), network.gateway());
  return all;
}

// What the lower half is told, and shown in config.json.
config derive(const task& of, const neighbours& others, const connection& network) {
  asked wanted = of.wanted;
  wanted.hostname = others.hostname_or(wanted.hostname);
  auto what = config_of(wanted, of.id, others, of.layers,
                        places_with_names(wanted, others, network));
  write_config(of.id, text_of(what, of.id), filter_of(what));
  return what;
}

// One run. `caller`: who waits for its start, for the first one.
outcome run(task& of, session& talk, pid::gate* caller) {
  const auto& first = of.wanted.first;
  unique_fd story = keep_telling();
  arrow("Create NET namespace + bridge interface: the bridge");
  const neighbours others(of.wanted);
  connection network(of.wanted, of.id, of.now.name);
  const config what = derive(of, others, network);
  arrow("Create cgroup");
  auto group = cgroup::create(of.id, what.limits,
                              cgroup::surroundings{.parent = what.cgroup_parent,
                                                   .also = cgroup::beyond_limits,
                                                   .ceiling_bytes = most_memory()});
  arrow("Create … union filesystem: its writable layer");
  auto top = open_writable_layer(what.writable, what.layers);
  auto pipes =
      first.terminal ? std::pair<outer_ends, inner_ends>() : make_pipes(first.has_input);
  auto child = give_birth(what, {group, top, others, network}, pipes.second);
  const auto kept = log_of(of);
  talk.serve(child, ends_of(std::move(pipes.first), child, first), first.terminal,
             kept.get());
  talk.accompany(network.serve_names(child, of.wanted));
  talk.accompany(network.carrier());
  if (story) tell_both_sides(child.id());
  arrow("exec() process in namespace");
  child.start();
  const mounted_volumes volumes(of.id, of.wanted);
  note_running(of, what, child, network, group);
  talk.accompany(watch_health(of));
  const auto began = std::chrono::steady_clock::now();
  if (caller != nullptr) let_go_of(*caller, story, of.who.stays);
  // There may be hundreds of monitors. With somebody in front of it the end is more
  // likely near, and undoing wants the pages again.
  if (!of.who.stays) startup::give_back_pages();

  outcome last{.status = talk.run().status()};
  last.took = std::chrono::steady_clock::now() - began;
  arrow("its end: all is undone");
  if (const auto met = group.happened(); met.oom_kills > 0)
    last.oom = cgroup::oom_text(group.read(), met, last.status == 128 + SIGKILL);
  network.leave();
  forget_run(of);
  group.remove();
  top.discard();  // only lets go of it: it is kept
  tell_end(of, last);
  return last;
}

// Until nothing wants it to run again.
void live(task& of, pid::gate& caller) {
  session talk(std::move(of.listener), directory_of(of.id));
  talk.attach(std::move(of.who.streams), of.who.input);
  talk.watch(std::move(of.who.control));
  talk.let_owner(abilities(of, talk));
  pauses between;
  auto last = run(of, talk, &caller);
  while (!talk.stopped() && !talk.removed() &&
         of.wanted.restart.wants(last.status, of.now.restarts)) {
    note_end(of, last, status::restarting, false);
    talk.finish(last.status, last.why(), true);
    if (!talk.rest(between.after(last.took))) break;
    ++of.now.restarts;
    last = run(of, talk, nullptr);
  }
  note_end(of, last, status::exited, talk.stopped_by_user());
  if ((of.wanted.remove && !talk.kept()) || talk.removed()) erase_with_volumes(of);
  of.lock.reset();
  talk.finish(last.status, last.why());
}

std::string host_name() {
  struct utsname names {};
  ::uname(&names);
  return names.nodename;
}

// What a failed start leaves: the container as it was, and why.
void note_failure(task& of, const std::exception& failure) {
  const auto* refused = dynamic_cast<const sys::error*>(&failure);
  of.now.exit_code = refused != nullptr ? exit_status_of(*refused) : 125;
  of.now.error = failure.what();
  if (of.now.is == status::restarting) of.now.is = status::exited;
  write_state(of.id, of.now, false);
}

}  // namespace

void start(const std::string& id, onlooker who) {
  auto lock = hold_unless_owned(id);
  if (!lock)
    throw usage_error(failure_kind::conflict,
                      fmt::format("{} is running", id.substr(0, 12)));
  task of{.id = id,
          .lock = std::move(*lock),
          .listener = {},
          .wanted = parse_asked(container_json(id)),
          .layers = {},
          .now = read_state(id),
          .who = std::move(who)};
  of.now.restarts = 0;
  of.now.stopped = false;
  if (of.wanted.hostname.empty())
    of.wanted.hostname = of.wanted.shares.uts.with_host ? host_name() : id.substr(0, 12);
  prepare(of.wanted.first);
  of.wanted.first.size = of.who.size;
  of.layers = image::find(of.wanted.image_id).layers;
  of.listener = listen(id);
  in_background("zoomin monitor " + id.substr(0, 12), [&](pid::gate& caller) {
    try {
      live(of, caller);
    } catch (const std::exception& failure) {
      if (of.now.is != status::running) note_failure(of, failure);
      throw;
    }
  });
}

state mended(const std::string& id) {
  state now = read_state(id);
  if (!is_alive(now)) return now;
  const auto lock = try_hold(id);
  if (!lock) return now;
  now = read_state(id);  // as its owner left it
  if (!is_alive(now)) return now;
  const bool same_boot = now.boot_id == boot_id();
  const pid_t first = same_boot ? now.pid : 0;
  now.is = status::exited;
  now.pid = 0;
  now.paused = false;
  now.ports.clear();
  now.relayed.clear();
  now.addresses.clear();
  now.exit_code = 128 + SIGKILL;
  now.error = same_boot ? "its monitor was killed" : "the machine was restarted";
  now.finished_at = now_text();
  try {
    write_state(id, now);
  } catch (const sys::error&) {
    return now;  // full, or read-only: the next one writes it
  }
  tell("die", id, now, {{"exitCode", std::to_string(now.exit_code)}});
  const asked wanted = parse_asked(container_json(id));
  cgroup::remove_left(id, wanted.cgroup_parent);
  if (first != 0) remove_cables(first);
  if (!wanted.remove) return now;
  erase(id);
  tell("destroy", id, now);
  return now;
}

}  // namespace zoomin::container
