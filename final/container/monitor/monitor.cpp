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
#include "common/error.hpp"
#include "common/sys.hpp"
#include "container/control.hpp"
#include "container/log/writer.hpp"
#include "container/monitor/daemonize.hpp"
#include "container/monitor/event_loop.hpp"
#include "container/monitor/health.hpp"
#include "container/runtime/endpoints.hpp"
#include "container/runtime/explain.hpp"
#include "container/runtime/init.hpp"
#include "container/runtime/links.hpp"
#include "container/runtime/make_config.hpp"
#include "container/runtime/mounts.hpp"
#include "container/runtime/oci_config.hpp"
#include "container/runtime/rootfs.hpp"
#include "container/runtime/shared_namespaces.hpp"
#include "container/runtime/volumes.hpp"
#include "container/spec/spec.hpp"
#include "container/store.hpp"
#include "container/writable_layer.hpp"
#include "image/image.hpp"
#include "security/pages.hpp"

namespace zoomin::container {

namespace {

// All that the monitor is given.
struct run_context {
  std::string id;
  unique_fd lock;
  unique_fd listener;  // who connects early is heard once there is a session
  container_spec spec;
  std::vector<std::string> layers;
  container::state state;
  attached_client client;
  // While it runs.
  const oci_config* config = nullptr;
  const cgroup::group* group = nullptr;
  endpoints* network = nullptr;
  pid::child* child = nullptr;
  std::unique_ptr<health_watch> health{};
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

void note_running(run_context& context, const oci_config& made, pid::child& child,
                  endpoints& network, const cgroup::group& group) {
  context.config = &made;
  context.group = &group;
  context.network = &network;
  context.child = &child;
  context.state.status = status::running;
  context.state.pid = child.id();
  context.state.started_at = now_text();
  context.state.boot_id = boot_id();
  context.state.addresses = network.addresses();
  context.state.ports = network.published_ports();
  context.state.relayed = network.relayed_ports();
  context.state.error.clear();
  context.state.oom_killed = false;
  write_state(context.id, context.state, false);
  emit("start", context.id, context.state);
}

void forget_run(run_context& context) {
  context.health.reset();
  context.config = nullptr;
  context.group = nullptr;
  context.network = nullptr;
  context.child = nullptr;
}

void note_end(run_context& context, const outcome& last, status status, bool by_user) {
  context.state.status = status;
  context.state.pid = 0;
  context.state.paused = false;
  context.state.stopped = by_user;
  context.state.exit_code = last.status;
  context.state.oom_killed = !last.oom.empty();
  context.state.finished_at = now_text();
  context.state.addresses.clear();
  context.state.ports.clear();
  context.state.relayed.clear();
  try {
    write_state(context.id, context.state);
  } catch (const sys::error&) {
    // Read-only by now: whoever waits is told; who looks later finds that it has ended.
  }
}

void emit_end(const run_context& context, const outcome& last) {
  if (!last.oom.empty()) emit("oom", context.id, context.state);
  emit("die", context.id, context.state, {{"exitCode", std::to_string(last.status)}});
}

outer_ends ends_of(outer_ends pipes, pid::child& child, const process& first) {
  if (!first.terminal) return pipes;
  if (child.received_descriptors().empty()) throw sys::error(EPIPE, "gate", "terminal");
  return terminal_ends(std::move(child.received_descriptors().back()), first.has_input);
}

// Empty where none is wanted.
std::unique_ptr<log_writer> log_of(const run_context& context) {
  if (!context.spec.keeps_log) return {};
  return std::make_unique<log_writer>(directory_of(context.id), context.spec.log);
}

// As --rm and `rm -f` do: with the volumes that nobody named where it was --rm.
void erase_with_volumes(const run_context& context) {
  const auto volumes =
      context.spec.remove ? anonymous_volumes(context.id) : std::vector<std::string>();
  erase(context.id);
  emit("destroy", context.id, context.state);
  remove_unused(volumes);
}

// The command that started it goes its own way, and takes its stderr along.
void let_go_of(pid::gate& caller, unique_fd& story, bool stays) {
  caller.send(pid::message::ready);
  caller.close();
  close_messages();
  if (stays) return;
  narration::set_output(-1);
  story.reset();
}

// In a process of its own.
int check_health(const run_context& context, unique_fd output, unsigned number) {
  process process = context.config->first;
  process.command = context.spec.health.command;
  process.terminal = process.has_input = false;
  try {
    inner_ends ends{.in = {}, .out = unique_fd(::dup(output.get())), .err = {}};
    ends.err = unique_fd(::dup(output.get()));
    const auto first = sys::pidfd_open(context.state.pid);
    auto child =
        spawn_exec(cgroup::open_part(context.id, context.spec.cgroup_parent, number),
                   first.get(), process, ends);
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
void end_check(const run_context& context, unsigned number) {
  try {
    cgroup::kill_part(context.id, context.spec.cgroup_parent, number);
  } catch (const std::exception& failure) {
    narration::warn(failure.what());
  }
}

void note_health(run_context& context, const health& known, bool changed) {
  write_health(context.id, text_of(known));
  if (!changed) return;
  context.state.health = known.status;
  write_state(context.id, context.state, false);
  if (!known.log.empty())
    emit("health_status: " + known.status, context.id, context.state);
}

event_source* watch_health(run_context& context) {
  context.state.health.clear();
  if (context.spec.health.command.empty()) return nullptr;
  context.health = std::make_unique<health_watch>(
      context.spec.health,
      [&](unique_fd output, unsigned number) {
        return check_health(context, std::move(output), number);
      },
      [&](unsigned number) { end_check(context, number); },
      [&](const health& known, bool changed) { note_health(context, known, changed); });
  return context.health.get();
}

// Nothing is written down that the kernel refused.
void update(run_context& context, const std::string& host_config) {
  const std::string text = changed(container_json(context.id), host_config);
  const container_spec spec = parse_spec(text);
  if (context.group != nullptr) context.group->limit(spec.limits);
  context.spec.limits = spec.limits;
  context.spec.restart = spec.restart;
  write_container_json(context.id, text);
  emit("update", context.id, context.state);
}

void require_running(const run_context& context) {
  if (context.network == nullptr)
    throw usage_error(
        failure_kind::not_running,
        fmt::format("Container {} is not running", context.id.substr(0, 12)));
}

// While it runs: it has one network more, or less.
void note_networks(run_context& context, const std::string& document) {
  write_container_json(context.id, document);
  const container_spec changed = parse_spec(document);
  context.spec.network = changed.network;
  context.spec.networks = changed.networks;
  context.state.addresses = context.network->addresses();
  context.state.ports = context.network->published_ports();
  write_state(context.id, context.state, false);
}

void note_paused(run_context& context, bool paused) {
  context.state.paused = paused;
  write_state(context.id, context.state, false);
}

// Only where it can be written down: on a full disk, say, nobody would know.
void freeze(run_context& context) {
  try {
    note_paused(context, true);
  } catch (...) {
    context.state.paused = false;
    throw;
  }
  try {
    context.group->freeze(true);
  } catch (...) {
    note_paused(context, false);
    throw;
  }
}

// Whatever can be written: it may be on the way to its end.
void thaw(run_context& context) {
  context.group->freeze(false);
  try {
    note_paused(context, false);
  } catch (const sys::error&) {
    // `ps` calls it paused until it ends.
  }
}

void pause(run_context& context, bool wanted) {
  wanted ? freeze(context) : thaw(context);
  if (context.health) context.health->pause(wanted);
  emit(wanted ? "pause" : "unpause", context.id, context.state);
}

// On its first network with names it begins to ask for them.
void connect(run_context& context, event_loop& talk, const std::string& words) {
  const auto added = parse_attachment(words);
  const auto document = connected(container_json(context.id), added);
  require_running(context);
  context.network->join(added, *context.child);
  const container_spec before = context.spec;
  try {
    note_networks(context, document);
  } catch (...) {
    context.network->part(added.network, *context.child);
    throw;
  }
  auto* names = context.network->serve_names(*context.child, context.spec);
  if (names == nullptr) return;
  talk.add_source(names);
  renew_resolvers(rootfs(context.id).get(), before, context.spec);
}

void disconnect(run_context& context, const std::string& network) {
  const auto document = disconnected(container_json(context.id), network);
  require_running(context);
  write_container_json(context.id, document);  // what can't be written isn't done
  context.network->part(network, *context.child);
  note_networks(context, document);
}

// What is asked of the owner.
event_loop::request_handlers abilities(run_context& context, event_loop& talk) {
  return {.pause = [&](bool wanted) { pause(context, wanted); },
          .rename =
              [&](const std::string& name) {
                rename(context.id, context.state, name);
                if (context.network != nullptr) context.network->rename(name);
              },
          .update = [&](const std::string& words) { update(context, words); },
          .connect = [&](const std::string& words) { connect(context, talk, words); },
          .disconnect = [&](const std::string& network) { disconnect(context, network); },
          .pin =
              [&] {
                require_running(context);
                context.network->pin(context.child->id());
              },
          .end_rest =
              [&] {
                if (!context.spec.shares.pid.none()) context.group->kill();
              },
          .stop_signal = context.spec.stop_signal,
          .patience = std::chrono::seconds(context.spec.stop_timeout_s)};
}

// What its mount namespace is to have beside its root; its names are in files there.
std::vector<mnt::mount_entry> places_with_names(const container_spec& spec,
                                                const shared_namespaces& others,
                                                const endpoints& network) {
  make_sources(spec);
  container_spec named = others.with_names(spec);
  resolve_links(named);
  auto entries = mounts_of(named);
  name_hosts(entries, named, others.address_or(network.address()), network.gateway());
  return entries;
}

// What the lower half is told, and shown in config.json.
oci_config derive(const run_context& context, const shared_namespaces& others,
                  const endpoints& network) {
  container_spec spec = context.spec;
  spec.hostname = others.hostname_or(spec.hostname);
  auto what = make_config(spec, context.id, others, context.layers,
                          places_with_names(spec, others, network));
  write_config(context.id, text_of(what, context.id), filter_of(what));
  return what;
}

// One run. `caller`: who waits for its start, for the first one.
outcome run(run_context& context, event_loop& talk, pid::gate* caller) {
  const auto& first = context.spec.first;
  unique_fd story = keep_narration();
  arrow("Create NET namespace + bridge interface: the bridge");
  const shared_namespaces others(context.spec);
  endpoints network(context.spec, context.id, context.state.name);
  const oci_config config = derive(context, others, network);
  arrow("Create cgroup");
  auto group = cgroup::create(context.id, config.limits,
                              cgroup::create_options{.parent = config.cgroup_parent,
                                                     .also = cgroup::extra_controllers,
                                                     .ceiling_bytes = most_memory()});
  arrow("Create … union filesystem: its writable layer");
  auto top = open_writable_layer(config.writable, config.layers);
  auto pipes =
      first.terminal ? std::pair<outer_ends, inner_ends>() : make_pipes(first.has_input);
  auto child = spawn_init(config, {group, top, others, network}, pipes.second);
  const auto kept = log_of(context);
  talk.serve(child, ends_of(std::move(pipes.first), child, first), first.terminal,
             kept.get());
  talk.add_source(network.serve_names(child, context.spec));
  talk.add_source(network.carrier());
  if (story) tell_both_sides(child.id());
  arrow("exec() process in namespace");
  child.start();
  const mounted_volumes volumes(context.id, context.spec);
  note_running(context, config, child, network, group);
  talk.add_source(watch_health(context));
  const auto began = std::chrono::steady_clock::now();
  if (caller != nullptr) let_go_of(*caller, story, context.client.stays);
  // There may be hundreds of monitors. With somebody in front of it the end is more
  // likely near, and undoing wants the pages again.
  if (!context.client.stays) security::give_back_pages();

  outcome last{.status = talk.run().status()};
  last.took = std::chrono::steady_clock::now() - began;
  arrow("its end: all is undone");
  if (const auto met = group.read_events(); met.oom_kills > 0)
    last.oom = cgroup::oom_text(group.read(), met, last.status == 128 + SIGKILL);
  network.leave();
  forget_run(context);
  group.remove();
  top.discard();  // only lets go of it: it is kept
  emit_end(context, last);
  return last;
}

// Until nothing wants it to run again.
void live(run_context& context, pid::gate& caller) {
  event_loop talk(std::move(context.listener), directory_of(context.id));
  talk.attach(std::move(context.client.streams), context.client.input);
  talk.watch(std::move(context.client.control));
  talk.set_handlers(abilities(context, talk));
  restart_backoff between;
  auto last = run(context, talk, &caller);
  while (!talk.stopped() && !talk.removed() &&
         context.spec.restart.wants(last.status, context.state.restarts)) {
    note_end(context, last, status::restarting, false);
    talk.finish(last.status, last.why(), true);
    if (!talk.sleep_until_restart(between.after(last.took))) break;
    ++context.state.restarts;
    last = run(context, talk, nullptr);
  }
  note_end(context, last, status::exited, talk.stopped_by_user());
  if ((context.spec.remove && !talk.kept()) || talk.removed())
    erase_with_volumes(context);
  context.lock.reset();
  talk.finish(last.status, last.why());
}

std::string host_name() {
  struct utsname names {};
  ::uname(&names);
  return names.nodename;
}

// What a failed start leaves: the container as it was, and why.
void note_failure(run_context& context, const std::exception& failure) {
  const auto* refused = dynamic_cast<const sys::error*>(&failure);
  context.state.exit_code = refused != nullptr ? exit_status_of(*refused) : 125;
  context.state.error = failure.what();
  if (context.state.status == status::restarting) context.state.status = status::exited;
  write_state(context.id, context.state, false);
}

}  // namespace

void start(const std::string& id, attached_client client) {
  auto lock = hold_unless_owned(id);
  if (!lock)
    throw usage_error(failure_kind::conflict,
                      fmt::format("{} is running", id.substr(0, 12)));
  run_context context{.id = id,
                      .lock = std::move(*lock),
                      .listener = {},
                      .spec = parse_spec(container_json(id)),
                      .layers = {},
                      .state = read_state(id),
                      .client = std::move(client)};
  context.state.restarts = 0;
  context.state.stopped = false;
  if (context.spec.hostname.empty())
    context.spec.hostname =
        context.spec.shares.uts.with_host ? host_name() : id.substr(0, 12);
  prepare(context.spec.first);
  context.spec.first.size = context.client.size;
  context.layers = image::find(context.spec.image_id).layers;
  context.listener = listen(id);
  daemonize("zoomin monitor " + id.substr(0, 12), [&](pid::gate& caller) {
    try {
      live(context, caller);
    } catch (const std::exception& failure) {
      if (context.state.status != status::running) note_failure(context, failure);
      throw;
    }
  });
}

}  // namespace zoomin::container
