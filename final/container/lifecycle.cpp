// SPDX-License-Identifier: MIT
#include "container/lifecycle.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <thread>

#include "base/apparent_size.hpp"
#include "base/json.hpp"
#include "cgroup/existing.hpp"
#include "common/error.hpp"
#include "common/paths.hpp"
#include "common/sys.hpp"
#include "container/control.hpp"
#include "container/execs.hpp"
#include "container/monitor/monitor.hpp"
#include "container/reconcile.hpp"
#include "container/runtime/endpoints.hpp"
#include "container/runtime/links.hpp"
#include "container/runtime/mounts.hpp"
#include "container/runtime/process.hpp"
#include "container/runtime/shared_namespaces.hpp"
#include "container/runtime/volumes.hpp"
#include "container/spec/spec.hpp"
#include "container/store.hpp"
#include "image/image.hpp"
#include "image/layer_marks.hpp"

namespace zoomin::container {

namespace {

std::string command_text(const std::vector<std::string>& command) {
  return fmt::format("{}", fmt::join(command, " "));
}

// Returns true if a path contains zoomin's state or run directory, or lies in it.
bool exposes_own_state(const std::string& path) {
  const std::string source = std::filesystem::weakly_canonical(path);
  const auto within = [](std::string inner, std::string outer) {
    if (!inner.ends_with('/')) inner += '/';
    if (!outer.ends_with('/')) outer += '/';
    return inner.starts_with(outer);
  };
  return std::ranges::any_of(
      std::array{root_directory(), run_directory()},
      [&](const std::string& own) { return within(source, own) || within(own, source); });
}

// Returns a warning for each setting that gives root in the container power over the
// host.
std::vector<std::string> warnings_about(const container_spec& spec) {
  std::vector<std::string> warnings;
  if (spec.privileged)
    warnings.emplace_back(
        "HostConfig.Privileged: root in the container has all capabilities and devices "
        "of the host");
  for (const auto& mount : spec.mounts)
    if (mount.type == requested_mount::kind::bind && exposes_own_state(mount.source))
      warnings.push_back(fmt::format(
          "mounting {} gives the container access to zoomin's own state: every "
          "container's files, secrets and control sockets",
          mount.source));
    else if (mount.type == requested_mount::kind::bind && !mount.read_only &&
             spec.init_process.user.empty())
      warnings.push_back(fmt::format(
          "root in the container can write to the host's {}; append :ro or use "
          "Config.User to prevent that",
          mount.source));
  return warnings;
}

control connect_to_monitor(const std::string& id, const std::string& reference) {
  auto owner = control::connect(id);
  if (!owner)
    throw usage_error(failure_kind::conflict,
                      fmt::format("container {} is being stopped", reference));
  return std::move(*owner);
}

// Returns an empty state if the file is damaged, so that the container can be removed.
state state_or_empty(const std::string& id) {
  try {
    return read_state(id);
  } catch (const usage_error&) {
    return {};
  }
}

// Removes the cgroup that a killed monitor left behind.
void remove_group(const std::string& id) {
  std::string parent;
  try {
    parent = parse_spec(container_json(id)).cgroup_parent;
  } catch (const usage_error&) {
    // The spec is damaged. Most containers have no --cgroup-parent.
  }
  cgroup::remove_leftover(id, parent);
}

// Removes a container whose lock this process holds.
void destroy(const std::string& id) {
  const state last = state_or_empty(id);
  remove_group(id);
  erase(id);
  emit("destroy", id, last);
}

// Destroys the container once its lock is free. Retries, because the holder of the lock
// may be a monitor that doesn't listen yet. Throws usage_error if the container is
// running and `force` isn't set.
void destroy_when_unlocked(const std::string& id, const std::string& reference,
                           bool force) {
  constexpr auto delay = std::chrono::milliseconds(20);
  while (true) {
    if (const auto lock = try_lock(id)) return destroy(id);
    if (!force && is_alive(read_state(id)))
      throw usage_error(
          failure_kind::conflict, fmt::format("container {} is running", reference),
          fmt::format("stop it first, or run `zoomin rm -f {}`", reference));
    if (auto owner = force ? control::connect(id) : std::nullopt) {
      owner->send("remove");
      if (owner->wait_for_end()) return;
    }
    std::this_thread::sleep_for(delay);
  }
}

using shared_control = std::shared_ptr<control>;

shared_control find_monitor(const std::string& id) {
  auto owner = control::connect(id);
  return owner ? std::make_shared<control>(std::move(*owner)) : nullptr;
}

shared_control monitor_of_running(const std::string& id, const std::string& reference) {
  auto owner = find_monitor(id);
  if (!owner || reconcile(id).status != status::running) refuse_stopped(reference);
  return owner;
}

pending_transition completed(int status = 0) {
  return {-1, [status] { return status; }};
}

// Asks the monitor to end the container. `keep` is set if the container will be started
// again; then --rm doesn't remove it.
pending_transition begin_termination(const std::string& id, std::optional<int> signal,
                                     std::optional<unsigned> timeout_s, bool keep) {
  const auto owner = find_monitor(id);
  if (!owner || !is_alive(reconcile(id))) return completed();
  const container_spec spec = parse_spec(container_json(id));
  const int number = signal.value_or(spec.stop_signal);
  emit("kill", id, state_or_empty(id), {{"signal", std::to_string(number)}});
  owner->send(fmt::format("stop {} {}{}", number, timeout_s.value_or(spec.stop_timeout_s),
                          keep ? " keep" : ""));
  return {owner->get(), [=] {
            owner->wait_for_end();
            if (exists(id)) emit("stop", id, state_or_empty(id));
            return 0;
          }};
}

std::string upper_of(const std::string& id) { return directory_of(id) + "/layer/upper"; }

}  // namespace

created_container create(create_request request, const std::string& name) {
  const std::string image = request.at("Image");
  const auto image_lock = image::hold();
  const auto network_lock = network::hold();
  const auto found = image::find(image);
  replace_names(request);
  auto [text, spec] = complete_request(request, found.id, found.config, new_id);
  validate_networks(spec);
  prepare(spec.init_process);
  needed_volumes volumes(spec);
  state initial_state;
  initial_state.created = now_text();
  initial_state.image = image;
  initial_state.command = command_text(spec.init_process.command);
  initial_state.exposed = spec.exposed;
  initial_state.labels = spec.labels;
  auto id = add(text, name, initial_state);
  volumes.keep();
  emit("create", id, read_state(id));
  return {std::move(id), warnings_about(spec)};
}

// Waits for the end of the container only after SIGKILL, because the container may handle
// any other signal.
pending_transition begin_kill(const std::string& reference, int signal) {
  const std::string id = find(reference);
  const auto owner = monitor_of_running(id, reference);
  const bool ends = signal == SIGKILL;
  // The monitor emits "die" as soon as the container has ended.
  emit("kill", id, read_state(id), {{"signal", std::to_string(signal)}});
  owner->send(fmt::format("kill {}", signal));
  if (ends) owner->send("wait");
  return {owner->get(), [=] {
            owner->expect_ok();
            if (ends) owner->wait_for_end();
            return 0;
          }};
}

pending_transition begin_stop(const std::string& reference, std::optional<int> signal,
                              std::optional<unsigned> timeout_s) {
  return begin_termination(find(reference), signal, timeout_s, false);
}

pending_transition begin_restart(const std::string& reference, std::optional<int> signal,
                                 std::optional<unsigned> timeout_s,
                                 const std::string& program) {
  const std::string id = find(reference);
  const auto end = begin_termination(id, signal, timeout_s, true);
  return {end.fd, [=] {
            end.finish();
            begin_start(id, {}, program).finish();
            emit("restart", id, read_state(id));
            return 0;
          }};
}

pending_transition begin_pause(const std::string& reference, bool paused) {
  const auto owner = monitor_of_running(find(reference), reference);
  owner->send(paused ? "pause" : "unpause");
  return {owner->get(), [=] {
            try {
              owner->expect_ok();
            } catch (const usage_error& refused) {
              const std::string_view why = refused.what();  // "is already paused"
              throw usage_error(refused.kind(),
                                fmt::format("Container {}{} {}", reference,
                                            why.starts_with("is ") ? "" : ":", why),
                                refused.hint());
            }
            return 0;
          }};
}

pending_transition begin_wait(const std::string& reference) {
  const std::string id = find(reference);
  const auto owner = find_monitor(id);
  if (!owner) return completed(reconcile(id).exit_code);
  owner->send("wait");
  return {owner->get(), [=] {
            const auto status = owner->wait_for_end();
            return status ? *status : reconcile(id).exit_code;
          }};
}

pending_transition begin_wait_for_exec(const exec_name& exec) {
  const auto exit_code = [=] {
    const auto now = read_exec_state(exec);
    if (now.started) return now.exit_code;
    throw usage_error(failure_kind::not_running,
                      fmt::format("Exec command {} has not been started", exec.id));
  };
  auto owner = control::connect_in(directory_of(exec), exec_title(exec.container));
  if (!owner) return completed(exit_code());
  const auto shared = std::make_shared<control>(std::move(*owner));
  shared->send("wait");
  return {shared->get(), [=] {
            const auto status = shared->wait_for_end();
            return status ? *status : exit_code();
          }};
}

pending_transition begin_remove(const std::string& reference, bool force,
                                bool with_volumes) {
  const std::string id = find(reference);
  const auto volumes = with_volumes ? anonymous_volumes(id) : std::vector<std::string>();
  const auto owner = force ? find_monitor(id) : nullptr;
  if (owner) owner->send("remove");
  return {owner ? owner->get() : -1, [=] {
            if (!owner || !owner->wait_for_end())
              destroy_when_unlocked(id, reference, force);
            remove_unused(volumes);
            return 0;
          }};
}

void remove(const std::string& reference, bool force, bool with_volumes) {
  begin_remove(reference, force, with_volumes).finish();
}

void rename(const std::string& reference, const std::string& name) {
  const std::string id = find(reference);
  validate_name(name);
  if (const auto lock = lock_unless_owned(id)) {
    state now = read_state(id);
    return rename(id, now, name);
  }
  connect_to_monitor(id, reference).ask("rename " + name);
}

void update(const std::string& reference, const std::string& host_config) {
  const std::string id = find(reference);
  if (const auto lock = lock_unless_owned(id)) {
    write_container_json(id, with_host_config(container_json(id), host_config).text);
    return emit("update", id, read_state(id));
  }
  connect_to_monitor(id, reference).ask("update " + host_config);
}

void connect(const std::string& reference, const attachment& added) {
  const std::string id = find(reference);
  const auto network_lock = network::hold();
  validate_attachment(added);
  if (const auto lock = lock_unless_owned(id))
    return write_container_json(id, with_network(container_json(id), added).text);
  connect_to_monitor(id, reference).ask("connect " + text_of(added));
}

void disconnect(const std::string& reference, const std::string& network) {
  const std::string id = find(reference);
  if (const auto lock = lock_unless_owned(id))
    return write_container_json(id, without_network(container_json(id), network).text);
  connect_to_monitor(id, reference).ask("disconnect " + network);
}

std::vector<overlay::change> changes(const std::string& reference) {
  const std::string id = find(reference);
  const container_spec spec = parse_spec(container_json(id));
  const std::string upper = upper_of(id);
  if (!sys::exists(upper)) return {};  // never started
  auto layers = image::find(spec.image_id).layers;
  std::ranges::reverse(layers);
  auto changes = overlay::compare(upper, layers, image::list_layer);
  const auto targets = mount_targets(id);
  std::erase_if(changes, [&](const overlay::change& change) {
    return targets.contains(change.path);
  });
  return changes;
}

std::set<std::string> mount_targets(const std::string& id) {
  std::set<std::string> targets;
  for (const auto& mount : mounts_of(parse_spec(container_json(id))))
    targets.insert(mount.target);
  return targets;
}

std::uint64_t writable_layer_bytes(const std::string& id) {
  return base::apparent_size_of(upper_of(id));
}

}  // namespace zoomin::container
