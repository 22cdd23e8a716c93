// SPDX-License-Identifier: MIT
#include "engine.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "04-cgroups/coordination/cleanup.hpp"
#include "base/apparent_size.hpp"
#include "base/json.hpp"
#include "common/narration.hpp"
#include "container/monitor/daemonize.hpp"
#include "container/monitor/exec.hpp"
#include "container/monitor/monitor.hpp"
#include "container/reconcile.hpp"
#include "container/runtime/explain.hpp"
#include "container/stats.hpp"
#include "image/reference.hpp"
#include "network/subnet_flags.hpp"
#include "security/security.hpp"

namespace zoomin {

namespace {

// Runs `work` and adds its warnings to `to`. If it fails they go to the caller's
// warning_scope.
template <typename Work>
auto collecting(warnings& to, Work&& work) {
  try {
    const narration::warning_scope scope(
        [&](std::string_view text) { to.emplace_back(text); });
    return work();
  } catch (...) {
    for (const auto& warning : to) narration::warn(warning);
    throw;
  }
}

template <typename Work>
auto with_warnings(Work&& work) {
  warnings collected;
  auto value = collecting(collected, work);
  return reply<decltype(value)>{std::move(value), std::move(collected)};
}

template <typename Work>
warnings only_warnings(Work&& work) {
  warnings collected;
  collecting(collected, work);
  return collected;
}

transition observed(container::pending_transition step) {
  return {step.fd, [finish = std::move(step.finish)] { return with_warnings(finish); }};
}

// The two ends of the connection that a started process begins with.
struct connected_pair {
  attachment ours;
  container::attached_client theirs;
};

connected_pair connect_both(const attach_request& request) {
  auto [streams, their_streams] = container::control::make_pair();
  auto [watch, their_watch] = container::control::make_pair();
  return {{container::control(std::move(watch)), std::move(streams), request.input,
           request.terminal},
          {.streams = std::move(their_streams),
           .input = request.input,
           .control = std::move(their_watch),
           .size = request.size}};
}

// Returns the container's name, or the beginning of its id if its state is damaged.
std::string name_of(const std::string& id) try {
  return container::read_state(id).name;
} catch (const usage_error&) {
  return id.substr(0, 12);
}

std::vector<std::string> names_on(const std::string& network) {
  auto names = container::containers_on(network);
  for (auto& user : names) user = name_of(user);
  return names;
}

// Returns the name of the network to remove: if it is damaged, that of its file.
std::string removable_network(const std::string& reference, bool even_damaged) try {
  return network::find(reference).name;
} catch (const usage_error& failure) {
  if (!even_damaged || failure.kind() != failure_kind::damaged) throw;
  return reference;
}

// Returns the name of a network that containers can join, as their specs store it.
std::string joinable_network(const std::string& reference) {
  if (network::is_built_in(reference) && reference != "bridge" && reference != "default")
    throw usage_error(
        fmt::format("containers can't be connected to the {} network", reference));
  return container::network_from_docker(network::find(reference).name);
}

}  // namespace

log_stream::log_stream(const std::string& id, container::log_range range, bool follows)
    : lives_(follows),
      follower_(follows ? std::optional<container::log_follower>(std::in_place, id)
                        : std::nullopt),
      reader_(container::directory_of(id), std::move(range)) {}

engine::engine(context directories, std::string program)
    : before_(use_context(std::move(directories))),
      program_(program.empty() ? container::own_program : std::move(program)) {}

log_stream::progress log_stream::next(const container::record_visitor& take) {
  lives_ = lives_ && follower_->update();
  if (!reader_.read(take)) return progress::paused;
  return lives_ && !reader_.is_past() ? progress::caught_up : progress::ended;
}

// --- containers ---

std::string engine::find_container(const std::string& reference) {
  return container::find(reference);
}

std::vector<std::string> engine::container_ids() { return container::ids(); }

std::vector<std::string> engine::container_names() {
  std::vector<std::string> names;
  for (const auto& id : container::ids()) {
    try {
      names.push_back(container::read_state(id).name);
    } catch (const std::exception&) {
      // It was removed just now, or is damaged.
    }
  }
  return names;
}

container::state engine::state_of(const std::string& reference) {
  return container::reconcile(container::find(reference));
}

pid_t engine::pid_of(const std::string& reference) {
  const auto now = state_of(reference);
  container::require_running(now, reference);
  return now.pid;
}

container::container_spec engine::spec_of(const std::string& reference) {
  return container::parse_spec(container::container_json(container::find(reference)));
}

std::vector<pid_t> engine::processes_of(const std::string& reference) {
  return container::processes_of(reference);
}

void engine::narrate(std::string_view arrow) { container::arrow(arrow); }

void engine::compare_views(pid_t pid) { container::print_both_sides(pid); }

container::rootfs engine::root_of(const std::string& reference) {
  return container::rootfs(reference);
}

reply<std::vector<overlay::change>> engine::changes(const std::string& reference) {
  return with_warnings([&] { return container::changes(reference); });
}

std::uint64_t engine::writable_layer_bytes(const std::string& id) {
  return container::writable_layer_bytes(id);
}

log_stream engine::logs(const std::string& reference, container::log_range range,
                        bool follows) {
  const std::string id = container::find(reference);
  if (container::parse_spec(container::container_json(id)).log.driver ==
      container::log_driver::none)
    throw usage_error(failure_kind::unsupported,
                      reference + ": configured logging driver does not support reading",
                      "the container was created with HostConfig.LogConfig.Type none");
  return {id, std::move(range), follows};
}

reply<std::string> engine::create(container::create_request request,
                                  const std::string& name) {
  auto made = container::create(std::move(request), name);
  return {std::move(made.id), std::move(made.warnings)};
}

transition engine::start(const std::string& reference) {
  return observed(container::begin_start(container::find(reference), {}, program_));
}

attached_start engine::start_attached(const std::string& reference,
                                      const attach_request& request,
                                      bool narrates_to_end) {
  auto ends = connect_both(request);
  ends.theirs.stays = narrates_to_end;
  std::vector<container::attached_client> clients;
  clients.push_back(std::move(ends.theirs));
  auto step = container::begin_start(container::find(reference), clients, program_);
  return {observed(std::move(step)), std::move(ends.ours)};
}

attachment engine::attach(const std::string& reference, bool input) {
  const std::string id = container::find(reference);
  auto streams = container::control::connect(id);
  auto watch = container::control::connect(id);
  if (!streams || !watch || container::reconcile(id).status != container::status::running)
    container::refuse_stopped(reference);
  const auto process = container::parse_spec(container::container_json(id)).init_process;
  input = input && process.has_input;
  watch->send("wait");
  streams->ask(input ? "attach input" : "attach");
  return {std::move(*watch), streams->take(), input, process.terminal};
}

void engine::resize(const std::string& reference, container::window size) {
  auto owner = container::control::connect(container::find(reference));
  if (!owner) container::refuse_stopped(reference);
  owner->ask(fmt::format("resize {} {}", size.rows, size.columns));
}

container::exec_name engine::create_exec(const std::string& reference,
                                         const container::exec_options& options) {
  security::validate_user(options.user);
  return container::create_exec(reference, options);
}

container::exec_name engine::find_exec(const std::string& exec_id) {
  return container::find_exec(exec_id);
}

container::exec_state engine::state_of(const container::exec_name& exec) {
  return container::read_exec_state(exec);
}

warnings engine::start_exec(const container::exec_name& exec,
                            container::exec_owner owner) {
  return only_warnings([&] { container::start_exec(exec, {}, owner, program_); });
}

reply<attachment> engine::start_exec_attached(const container::exec_name& exec,
                                              const attach_request& request,
                                              container::exec_owner owner) {
  return with_warnings([&] {
    auto ends = connect_both(request);
    container::start_exec(exec, std::move(ends.theirs), owner, program_);
    return std::move(ends.ours);
  });
}

void engine::resize_exec(const container::exec_name& exec, container::window size) {
  container::resize_exec(exec, size);
}

transition engine::wait_for_exec(const container::exec_name& exec) {
  return observed(container::begin_wait_for_exec(exec));
}

transition engine::kill(const std::string& reference, int signal) {
  return observed(container::begin_kill(reference, signal));
}

transition engine::stop(const std::string& reference, std::optional<int> signal,
                        std::optional<unsigned> timeout_s) {
  return observed(container::begin_stop(reference, signal, timeout_s));
}

transition engine::restart(const std::string& reference, std::optional<int> signal,
                           std::optional<unsigned> timeout_s) {
  return observed(container::begin_restart(reference, signal, timeout_s, program_));
}

transition engine::pause(const std::string& reference, bool paused) {
  return observed(container::begin_pause(reference, paused));
}

transition engine::wait(const std::string& reference) {
  return observed(container::begin_wait(reference));
}

transition engine::remove(const std::string& reference, bool force, bool with_volumes) {
  return observed(container::begin_remove(reference, force, with_volumes));
}

void engine::rename(const std::string& reference, const std::string& name) {
  container::rename(reference, name);
}

void engine::update(const std::string& reference,
                    const container::create_request& values) {
  container::update(reference, base::json_text(values));
}

void engine::run_monitor(const std::vector<std::string>& words) {
  container::run_monitor(words);
}

void engine::run_exec(const std::vector<std::string>& words) {
  container::run_exec(words);
}

void engine::start_all(const container::failure_handler& on_failure) {
  container::start_all(on_failure, program_);
}

void engine::stop_all(const container::failure_handler& on_failure) {
  container::stop_all(on_failure);
}

void engine::clean_up_cgroups() { cgroup::clean_up(); }

// --- events ---

base::event_stream engine::events(const std::string& since, const std::string& until) {
  return {since, until};
}

// --- images ---

void engine::find_image(const std::string& reference) { image::find(reference); }

std::string engine::absent_image(const std::string& reference) {
  try {
    image::find(reference);
    return {};
  } catch (const usage_error& missing) {
    if (missing.kind() != failure_kind::not_found) return {};
  }
  try {
    return image::parse_digested(reference) ? reference
                                            : image::parse_reference(reference).text();
  } catch (const usage_error&) {
    return {};
  }
}

std::vector<image::summary> engine::images() { return image::list(); }

std::uint64_t engine::bytes_of_layers() {
  const auto kept = image::hold();
  return image::stored_bytes();
}

void engine::tag(const std::string& reference, const std::string& name) {
  image::tag(reference, name);
}

std::set<std::string> engine::used_images(const container::on_damaged_spec& on_damage) {
  return container::used_images(on_damage);
}

reply<image::removal> engine::remove_image(const std::string& reference, bool force,
                                           const container::on_damaged_spec& on_damage) {
  return with_warnings([&] {
    return image::remove(reference, force, [&] { return used_images(on_damage); });
  });
}

reply<image::pruned_cache> engine::prune_build_cache(bool include_used) {
  return with_warnings([&] { return image::prune_build_cache(include_used); });
}

// --- networks ---

std::vector<network::network> engine::networks(
    const std::function<void(const usage_error&)>& on_damage) {
  return network::all(on_damage);
}

reply<network::network> engine::make_network(const new_network& request) {
  network::network made{.name = request.name,
                        .id = container::new_id(),
                        .created = container::now_text(),
                        .internal = request.internal,
                        .labels = request.labels};
  if (!request.subnet.empty()) made.pool = net::parse_subnet(request.subnet);
  if (!request.gateway.empty())
    made.pool = network::with_gateway(made.pool, request.gateway);
  if (!request.ip_range.empty())
    made.range = network::parse_range(request.ip_range, made.pool);
  return with_warnings([&] { return network::make(std::move(made)); });
}

std::vector<std::string> engine::users_of_network(const std::string& name) {
  return names_on(name);
}

warnings engine::remove_network(const std::string& reference, bool even_damaged) {
  if (network::is_built_in(reference))
    throw usage_error(fmt::format("{} is a pre-defined network", reference));
  return only_warnings(
      [&] { network::remove(removable_network(reference, even_damaged), names_on); });
}

reply<bool> engine::take_down_default_network() {
  return with_warnings([] { return network::take_down_default(); });
}

void engine::connect(const std::string& network, const std::string& reference,
                     const std::vector<std::string>& aliases,
                     const std::string& address) {
  const container::create_request settings{{"NetworkMode", joinable_network(network)},
                                           {"Address", address},
                                           {"NetworkAliases", aliases}};
  container::connect(reference, container::parse_attachment(base::json_text(settings)));
}

void engine::disconnect(const std::string& network, const std::string& reference) {
  container::disconnect(reference, joinable_network(network));
}

std::vector<std::string> engine::networks_without_rules() {
  return network::close_unprotected();
}

// --- volumes ---

void engine::find_volume(const std::string& name) { volume::find(name); }

std::vector<volume::volume> engine::volumes() { return volume::list(); }

std::string engine::make_volume(const std::string& name,
                                const std::map<std::string, std::string>& labels) {
  volume::volume made{name, container::now_text(), labels, name.empty()};
  if (made.anonymous) made.name = container::new_id();
  const auto in_use = volume::hold();
  volume::make(made);
  return made.name;
}

std::uint64_t engine::volume_bytes(const std::string& name) {
  return base::apparent_size_of(volume::data_of(name));
}

std::set<std::string> engine::used_volumes(const container::on_damaged_spec& on_damage) {
  return container::used_volumes(on_damage);
}

reply<std::vector<std::string>> engine::remove_volumes(
    const std::vector<std::string>& names, const container::on_damaged_spec& on_damage) {
  return with_warnings(
      [&] { return volume::remove(names, [&] { return used_volumes(on_damage); }); });
}

}  // namespace zoomin
