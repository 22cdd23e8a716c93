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

#include "04-cgroups/cgroup.hpp"
#include "base/walk_tree.hpp"
#include "common/error.hpp"
#include "common/narration.hpp"
#include "common/paths.hpp"
#include "common/sys.hpp"
#include "container/control.hpp"
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

namespace zoomin::container {

namespace {

std::string joined(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, " "));
}

// "/", too, and the directory in which the sockets are.
bool holds_our_state(const std::string& path) {
  const std::string source = std::filesystem::weakly_canonical(path);
  const auto within = [](std::string item, std::string other) {
    if (!item.ends_with('/')) item += '/';
    if (!other.ends_with('/')) other += '/';
    return item.starts_with(other);
  };
  return std::ranges::any_of(std::array{root_directory(), run_directory()},
                             [&](const std::string& ours) {
                               return within(source, ours) || within(ours, source);
                             });
}

// One line for each thing of the host's that root inside is given.
void warn_of_handing_over(const container_spec& spec) {
  if (spec.privileged)
    narration::warn(
        "--privileged: root inside has all rights and devices of the host's root");
  for (const auto& one : spec.mounts)
    if (one.type == requested_mount::kind::bind && holds_our_state(one.source))
      narration::warn(fmt::format(
          "who is inside gets at {} of the host, and with it all that is ours: each "
          "container's files, secrets and sockets",
          one.source));
    else if (one.type == requested_mount::kind::bind && !one.read_only &&
             spec.first.user.empty())
      narration::warn(fmt::format(
          "root inside can write to {} of the host: a :ro behind it, or --user, would "
          "keep it from that",
          one.source));
}

[[noreturn]] void refuse_stopped(const std::string& reference) {
  throw usage_error(failure_kind::not_running,
                    fmt::format("Container {} is not running", reference));
}

control owner_of(const std::string& id, const std::string& reference) {
  auto owner = control::connect(id);
  if (!owner)
    throw usage_error(failure_kind::conflict,
                      fmt::format("container {} is just ending", reference));
  return std::move(*owner);
}

// A damaged one can be removed too.
state state_or_none(const std::string& id) {
  try {
    return read_state(id);
  } catch (const usage_error&) {
    return {};
  }
}

// What a monitor left that was killed while it made or ended it.
void remove_group(const std::string& id) {
  std::string parent;
  try {
    parent = parse_spec(container_json(id)).cgroup_parent;
  } catch (const usage_error&) {
    // Damaged: most have no parent.
  }
  cgroup::remove_left(id, parent);
}

void erase_held(const std::string& id) {
  const state last = state_or_none(id);
  remove_group(id);
  erase(id);
  emit("destroy", id, last);
}

// Removes the container once its owner lets it go; an owner may also be about to listen.
// Throws usage_error where it runs and isn't to be ended.
void erase_when_free(const std::string& id, const std::string& reference, bool force) {
  constexpr auto moment = std::chrono::milliseconds(20);
  while (true) {
    if (const auto lock = try_hold(id)) return erase_held(id);
    if (!force && is_alive(read_state(id)))
      throw usage_error(failure_kind::conflict,
                        fmt::format("container {} is running", reference),
                        fmt::format("stop it first, or: zoomin rm -f {}", reference));
    if (auto owner = force ? control::connect(id) : std::nullopt) {
      owner->say("remove");
      if (owner->wait_for_end()) return;
    }
    std::this_thread::sleep_for(moment);
  }
}

using shared_control = std::shared_ptr<control>;

shared_control owner_or_none(const std::string& id) {
  auto owner = control::connect(id);
  return owner ? std::make_shared<control>(std::move(*owner)) : nullptr;
}

shared_control owner_of_running(const std::string& id, const std::string& reference) {
  auto owner = owner_or_none(id);
  if (!owner || reconcile(id).status != status::running) refuse_stopped(reference);
  return owner;
}

pending_start over(int result = 0) {
  return {-1, [result] { return result; }};
}

// Asks the owner to end the container. With `keep` it will be started again, even where
// its end was to remove it.
pending_start begin_end(const std::string& id, std::optional<int> signal,
                        std::optional<unsigned> timeout_s, bool keep) {
  const auto owner = owner_or_none(id);
  if (!owner || !is_alive(reconcile(id))) return over();
  const container_spec spec = parse_spec(container_json(id));
  const int number = signal.value_or(spec.stop_signal);
  emit("kill", id, state_or_none(id), {{"signal", std::to_string(number)}});
  owner->say(fmt::format("stop {} {}{}", number, timeout_s.value_or(spec.stop_timeout_s),
                         keep ? " keep" : ""));
  return {owner->get(), [=] {
            owner->wait_for_end();
            if (exists(id)) emit("stop", id, state_or_none(id));
            return 0;
          }};
}

std::string upper_of(const std::string& id) { return directory_of(id) + "/layer/upper"; }

}  // namespace

std::string create(const std::string& request, const std::string& image,
                   const std::string& name) {
  const auto until_written = image::hold();
  const auto network_stays = network::hold();
  const auto found = image::find(image);
  const std::string document =
      complete(with_linked_ids(with_ids(request)), found.id, found.config, new_id);
  container_spec spec = parse_spec(document);
  validate_networks(spec);
  prepare(spec.first);
  warn_of_handing_over(spec);
  needed_volumes volumes(spec);
  state first;
  first.created = now_text();
  first.image = image;
  first.command = joined(spec.first.command);
  first.exposed = spec.exposed;
  first.labels = spec.labels;
  auto id = add(document, name, first);
  volumes.keep();
  emit("create", id, read_state(id));
  return id;
}

// Only some signals certainly end a container; others may be handled inside, and end it
// or not.
pending_start begin_kill(const std::string& reference, int signal) {
  const std::string id = find(reference);
  const auto owner = owner_of_running(id, reference);
  const state now = read_state(id);
  const bool ends = signal == SIGKILL;
  owner->say(fmt::format("kill {}", signal));
  if (ends) owner->say("wait");
  return {owner->get(), [=] {
            owner->expect_ok();
            emit("kill", id, now, {{"signal", std::to_string(signal)}});
            if (ends) owner->wait_for_end();
            return 0;
          }};
}

pending_start begin_stop(const std::string& reference, std::optional<int> signal,
                         std::optional<unsigned> timeout_s) {
  return begin_end(find(reference), signal, timeout_s, false);
}

pending_start begin_restart(const std::string& reference, std::optional<int> signal,
                            std::optional<unsigned> timeout_s) {
  const std::string id = find(reference);
  const auto end = begin_end(id, signal, timeout_s, true);
  return {end.fd, [=] {
            end.finish();
            start(id, {});
            emit("restart", id, read_state(id));
            return 0;
          }};
}

pending_start begin_pause(const std::string& reference, bool wanted) {
  const auto owner = owner_of_running(find(reference), reference);
  owner->say(wanted ? "pause" : "unpause");
  return {owner->get(), [=] {
            try {
              owner->expect_ok();
            } catch (const usage_error& refused) {
              throw usage_error(
                  refused.kind(),
                  fmt::format("Container {}: {}", reference, refused.what()),
                  refused.hint());
            }
            return 0;
          }};
}

pending_start begin_wait(const std::string& reference) {
  const std::string id = find(reference);
  const auto owner = owner_or_none(id);
  if (!owner) return over(reconcile(id).exit_code);
  owner->say("wait");
  return {owner->get(), [=] {
            const auto status = owner->wait_for_end();
            return status ? *status : reconcile(id).exit_code;
          }};
}

pending_start begin_remove(const std::string& reference, bool force, bool with_volumes) {
  const std::string id = find(reference);
  const auto volumes = with_volumes ? anonymous_volumes(id) : std::vector<std::string>();
  const auto owner = force ? owner_or_none(id) : nullptr;
  if (owner) owner->say("remove");
  return {owner ? owner->get() : -1, [=] {
            if (!owner || !owner->wait_for_end()) erase_when_free(id, reference, force);
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
  if (const auto lock = hold_unless_owned(id)) {
    state now = read_state(id);
    return rename(id, now, name);
  }
  owner_of(id, reference).ask("rename " + name);
}

void update(const std::string& reference, const std::string& host_config) {
  const std::string id = find(reference);
  if (const auto lock = hold_unless_owned(id)) {
    write_container_json(id, changed(container_json(id), host_config));
    return emit("update", id, read_state(id));
  }
  owner_of(id, reference).ask("update " + host_config);
}

void connect(const std::string& reference, const attachment& added) {
  const std::string id = find(reference);
  const auto network_stays = network::hold();
  validate_attachment(added);
  if (const auto lock = hold_unless_owned(id))
    return write_container_json(id, connected(container_json(id), added));
  owner_of(id, reference).ask("connect " + text_of(added));
}

void disconnect(const std::string& reference, const std::string& network) {
  const std::string id = find(reference);
  if (const auto lock = hold_unless_owned(id))
    return write_container_json(id, disconnected(container_json(id), network));
  owner_of(id, reference).ask("disconnect " + network);
}

std::vector<overlay::change> changes(const std::string& reference) {
  const std::string id = find(reference);
  const container_spec spec = parse_spec(container_json(id));
  const std::string upper = upper_of(id);
  if (!sys::exists(upper)) return {};  // never started
  auto layers = image::find(spec.image_id).layers;
  std::ranges::reverse(layers);
  auto result = overlay::compare(upper, layers, overlay::list_on_disk);
  const auto places = mounts_of(spec);
  std::erase_if(result, [&](const overlay::change& one) {
    return std::ranges::any_of(
        places, [&](const auto& place) { return place.target == one.path; });
  });
  return result;
}

std::uint64_t written_bytes(const std::string& id) {
  return files::size_of(upper_of(id));
}

}  // namespace zoomin::container
