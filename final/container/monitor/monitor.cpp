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
#include "cgroup/container_group.hpp"
#include "cgroup/existing.hpp"
#include "cgroup/freezer.hpp"
#include "common/error.hpp"
#include "common/record.hpp"
#include "common/sys.hpp"
#include "container/control.hpp"
#include "container/execs.hpp"
#include "container/log/writer.hpp"
#include "container/monitor/daemonize.hpp"
#include "container/monitor/event_loop.hpp"
#include "container/monitor/handover.hpp"
#include "container/monitor/health.hpp"
#include "container/reconcile.hpp"
#include "container/runtime/endpoints.hpp"
#include "container/runtime/explain.hpp"
#include "container/runtime/init.hpp"
#include "container/runtime/joined_namespaces.hpp"
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
#include "security/detach.hpp"

namespace zoomin::container {

namespace {

// The data of a monitor.
struct run_context {
  std::string id;
  unique_fd lock;
  unique_fd listener;  // clients that connect early wait for the event loop
  container_spec spec;
  std::vector<std::string> layers;
  container::state state;
  std::vector<attached_client> clients;
  bool client_stays;
  // Set while the container runs.
  const oci_config* config = nullptr;
  const cgroup::group* group = nullptr;
  endpoints* network = nullptr;
  pid::child* child = nullptr;
  std::unique_ptr<health_watch> health{};
};

// How a run ended.
struct outcome {
  int status = 0;
  std::string oom{};  // describes an out-of-memory kill
  std::chrono::steady_clock::duration duration{};
  [[nodiscard]] std::string why() const { return status == 128 + SIGKILL ? oom : ""; }
};

// Returns the memory limit of all containers together, so that a container without a
// limit doesn't exhaust the host.
std::uint64_t memory_ceiling() {
  struct sysinfo machine {};
  ::sysinfo(&machine);
  return std::uint64_t{machine.totalram} * machine.mem_unit / 10 * 9;
}

void note_running(run_context& context, const oci_config& config, pid::child& child,
                  endpoints& network, const cgroup::group& group) {
  context.config = &config;
  context.group = &group;
  context.network = &network;
  context.child = &child;
  context.state.status = status::running;
  context.state.pid = child.id();
  context.state.started_at = now_text();
  context.state.boot_id = boot_id();
  context.state.addresses = network.addresses();
  context.state.ports = network.ports();
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
  try {
    write_state(context.id, context.state);
  } catch (const sys::error&) {
    // The file system may have become read-only. Waiting clients are notified anyway, and
    // reconcile() corrects the state later.
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

// Opens the container's log. Returns null with --log-driver none.
std::unique_ptr<log_writer> open_log(const run_context& context) {
  if (context.spec.log.driver == log_driver::none) return {};
  return std::make_unique<log_writer>(directory_of(context.id), context.spec.log);
}

// Lets the command that started the container return. The monitor no longer uses the
// command's stderr, unless the command stays attached.
void release_caller(pid::gate& caller, unique_fd& narration_fd, bool stays) {
  caller.send(pid::message::ready);
  caller.close();
  detach_stderr();
  if (stays) return;
  narration::set_output(-1);
  narration::end_record();
  narration_fd.reset();
}

// Runs a health check, in its own process.
int check_health(const run_context& context, unique_fd output, unsigned number) {
  process process = context.config->init_process;
  process.command = context.spec.health.command;
  process.terminal = process.has_input = false;
  try {
    inner_ends ends{.in = {}, .out = unique_fd(::dup(output.get())), .err = {}};
    ends.err = unique_fd(::dup(output.get()));
    const auto init = sys::pidfd_open(context.state.pid);
    auto child =
        spawn_exec(cgroup::open_part(context.id, context.spec.cgroup_parent, number),
                   init.get(), process, ends);
    child.start();
    return child.wait().status();
  } catch (const sys::error& failure) {
    const std::string_view why = failure.what();
    [[maybe_unused]] const auto ignored = ::write(output.get(), why.data(), why.size());
    return exit_status_of(failure);
  }
}

// Kills the processes of a health check. Processes that can't be killed now end with the
// container.
void kill_check(const run_context& context, unsigned number) {
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

base::event_source* watch_health(run_context& context) {
  context.state.health.clear();
  if (context.spec.health.command.empty()) return nullptr;
  context.health = std::make_unique<health_watch>(
      context.spec.health,
      [&](unique_fd output, unsigned number) {
        return check_health(context, std::move(output), number);
      },
      [&](unsigned number) { kill_check(context, number); },
      [&](const health& known, bool changed) { note_health(context, known, changed); });
  return context.health.get();
}

// Changes limits and the restart policy. The limits are set before container.json is
// written, so that it never contains values that the kernel refused. If one limit is
// refused, none changes.
void update(run_context& context, const std::string& host_config) {
  const auto [text, spec] = with_host_config(container_json(context.id), host_config);
  if (context.group != nullptr)
    cgroup::change_limits(*context.group, context.spec.limits, spec.limits);
  context.spec.limits = spec.limits;
  context.spec.restart = spec.restart;
  write_container_json(context.id, text);
  emit("update", context.id, context.state);
}

void require_running(const run_context& context) {
  if (context.network == nullptr) refuse_stopped(context.id.substr(0, 12));
}

// Records a change of the networks of a running container.
void note_networks(run_context& context, const stored_spec& changed) {
  write_container_json(context.id, changed.text);
  context.spec.network = changed.spec.network;
  context.spec.networks = changed.spec.networks;
  context.state.addresses = context.network->addresses();
  context.state.ports = context.network->ports();
  write_state(context.id, context.state, false);
}

void note_paused(run_context& context, bool paused) {
  context.state.paused = paused;
  write_state(context.id, context.state, false);
}

// Pauses the container, but only if that can be recorded. On a full disk it can't.
void freeze(run_context& context) {
  try {
    note_paused(context, true);
  } catch (...) {
    context.state.paused = false;
    throw;
  }
  try {
    cgroup::freeze(*context.group, true);
  } catch (...) {
    note_paused(context, false);
    throw;
  }
}

// Unpauses the container, even if that can't be recorded, because the container may have
// to end.
void thaw(run_context& context) {
  cgroup::freeze(*context.group, false);
  try {
    note_paused(context, false);
  } catch (const sys::error&) {
    // `ps` shows it as paused until it ends.
  }
}

void pause(run_context& context, bool paused) {
  paused ? freeze(context) : thaw(context);
  if (context.health) context.health->pause(paused);
  emit(paused ? "pause" : "unpause", context.id, context.state);
}

// Connects the container to a network. On its first user network it begins to use the DNS
// server.
void connect(run_context& context, event_loop& loop, const std::string& request) {
  const auto added = parse_attachment(request);
  const auto changed = with_network(container_json(context.id), added);
  require_running(context);
  context.network->join(added, *context.child);
  const container_spec before = context.spec;
  try {
    note_networks(context, changed);
  } catch (...) {
    context.network->disconnect(added.network, *context.child);
    throw;
  }
  auto* dns_server = context.network->serve_names(*context.child, context.spec);
  if (dns_server == nullptr) return;
  loop.add_source(dns_server);
  rewrite_resolv_conf(rootfs(context.id).get(), before, context.spec);
}

void disconnect(run_context& context, const std::string& network) {
  const auto changed = without_network(container_json(context.id), network);
  require_running(context);
  // This comes first, so that nothing changes if it fails.
  write_container_json(context.id, changed.text);
  context.network->disconnect(network, *context.child);
  note_networks(context, changed);
}

// Returns the handlers of the control protocol's requests.
event_loop::request_handlers handlers_for(run_context& context, event_loop& loop) {
  return {.pause = [&](bool paused) { pause(context, paused); },
          .rename =
              [&](const std::string& name) {
                rename(context.id, context.state, name);
                if (context.network != nullptr) context.network->rename(name);
              },
          .update = [&](const std::string& config) { update(context, config); },
          .connect = [&](const std::string& request) { connect(context, loop, request); },
          .disconnect = [&](const std::string& network) { disconnect(context, network); },
          .prevent_spoofing =
              [&] {
                require_running(context);
                context.network->prevent_spoofing(context.child->id());
              },
          .kill_rest =
              [&] {
                if (!context.spec.shares.pid.is_private()) context.group->kill();
              },
          .stop_signal = context.spec.stop_signal,
          .stop_timeout = std::chrono::seconds(context.spec.stop_timeout_s)};
}

// Returns the container's mounts besides its root, including the files /etc/hosts and
// /etc/hostname with their content.
std::vector<mnt::mount_entry> mounts_with_names(const container_spec& spec,
                                                const shared_namespaces& shared,
                                                const endpoints& network) {
  make_sources(spec);
  container_spec named = shared.with_joined_network(spec);
  resolve_links(named);
  auto entries = mounts_of(named);
  add_hosts(entries, named, shared.address_or(network.address()), network.gateway());
  return entries;
}

// Writes config.json and the filter beside it, and returns the configuration as read from
// them.
oci_config write_and_read_config(const run_context& context,
                                 const shared_namespaces& shared,
                                 const endpoints& network) {
  container_spec spec = context.spec;
  spec.hostname = shared.hostname_or(spec.hostname);
  const auto config = make_config(spec, context.id, shared, context.layers,
                                  mounts_with_names(spec, shared, network));
  write_config(context.id, text_of(config, context.id), filter_of(config));
  return parse_config(read_config(context.id), read_filter(context.id));
}

// Runs the container once. `caller` is the gate to the command that waits for the first
// start; null for a restart.
outcome run(run_context& context, event_loop& loop, pid::gate* caller) {
  const auto& first = context.spec.init_process;
  clear_execs(context.id);
  unique_fd narration_fd = keep_narration();
  record_both_sides_before();
  arrow("Create NET namespace + bridge interface: the bridge");
  const shared_namespaces shared(context.spec);
  endpoints network(context.spec, context.id, context.state.name);
  const oci_config config = write_and_read_config(context, shared, network);
  const joined_namespaces joined(config);
  shared.require_running();
  arrow("Create cgroup");
  auto group =
      cgroup::create(context.id, config.limits, config.cgroup_parent, memory_ceiling());
  arrow("Create MNT namespace + union filesystem: the writable layer");
  auto top = open_writable_layer(config.writable, config.layers);
  auto pipes =
      first.terminal ? std::pair<outer_ends, inner_ends>() : make_pipes(first.has_input);
  auto child = spawn_init(config, {group, top, joined, network}, pipes.second);
  if (network.can_forge()) shared.prevent_spoofing();
  const auto log = open_log(context);
  loop.serve(child, ends_of(std::move(pipes.first), child, first), first.terminal,
             log.get());
  loop.add_source(network.serve_names(child, context.spec));
  loop.add_source(network.proxy());
  narrate_both_sides(child.id());
  arrow("exec() process in namespace");
  child.start();
  const mounted_volumes volumes(context.id, context.spec);
  note_running(context, config, child, network, group);
  loop.add_source(watch_health(context));
  const auto began = std::chrono::steady_clock::now();
  if (caller != nullptr) release_caller(*caller, narration_fd, context.client_stays);
  // There may be hundreds of monitors, so a waiting monitor returns its pages. With an
  // attached client the end is probably near, and would need the pages again.
  if (!context.client_stays) security::return_unused_pages();

  outcome last{.status = loop.run().status()};
  last.duration = std::chrono::steady_clock::now() - began;
  arrow("end: everything is released");
  if (const auto events = group.read_events(); events.oom_kills > 0)
    last.oom = cgroup::oom_text(group.read(), events, last.status == 128 + SIGKILL);
  network.leave();
  forget_run(context);
  group.remove();
  top.discard();  // releases the mount; the layer is kept
  narration::show_brief();
  emit_end(context, last);
  return last;
}

// Runs the container until its restart policy ends it.
void run_with_restarts(run_context& context, pid::gate& caller) {
  event_loop loop(std::move(context.listener), directory_of(context.id));
  for (auto& client : std::exchange(context.clients, {})) {
    loop.attach(std::move(client.streams), client.input);
    loop.watch(std::move(client.control));
  }
  loop.set_handlers(handlers_for(context, loop));
  restart_backoff backoff;
  auto last = run(context, loop, &caller);
  while (!loop.stopped() && !loop.removed() &&
         context.spec.restart.wants(last.status, context.state.restarts)) {
    note_end(context, last, status::restarting, false);
    loop.finish(last.status, last.why(), true);
    if (!loop.sleep_until_restart(backoff.after(last.duration))) break;
    ++context.state.restarts;
    last = run(context, loop, nullptr);
  }
  note_end(context, last, status::exited, loop.stopped_by_user());
  if ((context.spec.remove && !loop.kept()) || loop.removed())
    erase_with_volumes(context.id, context.spec, context.state);
  context.lock.reset();
  loop.finish(last.status, last.why());
}

std::string host_name() {
  struct utsname names {};
  ::uname(&names);
  return names.nodename;
}

// Records why a start failed. The container's status stays as it was before the start; if
// it was waiting for a restart, it counts as exited.
void note_failure(run_context& context, const std::exception& failure) {
  const auto* refused = dynamic_cast<const sys::error*>(&failure);
  context.state.exit_code = refused != nullptr ? exit_status_of(*refused) : 125;
  context.state.error = failure.what();
  if (context.state.status == status::restarting) context.state.status = status::exited;
  write_state(context.id, context.state, false);
}

// Reads the container's files. Throws usage_error, sys::error.
run_context read_context(const std::string& id, handover taken) {
  run_context context{.id = id,
                      .lock = std::move(taken.lock),
                      .listener = std::move(taken.listener),
                      .spec = parse_spec_for_start(container_json(id)),
                      .layers = {},
                      .state = read_state(id),
                      .clients = std::move(taken.clients),
                      .client_stays = false};
  context.state.restarts = 0;
  context.state.stopped = false;
  if (context.spec.hostname.empty())
    context.spec.hostname =
        context.spec.shares.uts.with_host ? host_name() : id.substr(0, 12);
  prepare(context.spec.init_process);
  for (const auto& client : context.clients) {
    if (client.size.rows != 0) context.spec.init_process.size = client.size;
    context.client_stays = context.client_stays || client.stays;
  }
  context.layers = image::find(context.spec.image_id).layers;
  return context;
}

void monitor(const std::string& id, handover taken, pid::gate& caller) {
  run_context context = read_context(id, std::move(taken));
  try {
    run_with_restarts(context, caller);
  } catch (const std::exception& failure) {
    if (context.state.status != status::running) note_failure(context, failure);
    throw;
  }
}

}  // namespace

pending_transition begin_start(const std::string& id,
                               const std::vector<attached_client>& clients,
                               const std::string& program) {
  const auto lock = lock_unless_owned(id);
  if (!lock)
    throw usage_error(failure_kind::conflict,
                      fmt::format("{} is running", id.substr(0, 12)));
  const unique_fd listener = listen(id);
  const auto [text, descriptors] = words_of(*lock, listener, clients);
  const auto monitor =
      std::make_shared<pid::gate>(launch(program, {"__monitor", id, text}, descriptors));
  return {monitor->fd(), [monitor] {
            wait_until_ready(*monitor);
            return 0;
          }};
}

void run_monitor(const std::vector<std::string>& words) {
  auto taken_over = take_over(words);
  run_as_daemon(
      monitor_title(words[0]), std::move(taken_over.second),
      [&](pid::gate& gate) { monitor(words[0], std::move(taken_over.first), gate); });
}

}  // namespace zoomin::container
