// SPDX-License-Identifier: MIT
#include "container/spec/spec.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>
#include <unordered_map>
#include <utility>

#include "01-pid/pid.hpp"
#include "04-cgroups/cgroup.hpp"
#include "base/json.hpp"
#include "common/error.hpp"
#include "common/names.hpp"
#include "common/sys.hpp"
#include "container/spec/json.hpp"

namespace zoomin::container {

namespace {

constexpr const char* default_path =
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

std::string name_of(const std::string& variable) {
  return variable.substr(0, variable.find('='));
}

// The later one of a name counts, in the earlier one's place.
void add_variables(std::vector<std::string>& to, const std::vector<std::string>& more) {
  std::unordered_map<std::string, std::size_t> places;
  for (const auto& one : to) places.emplace(name_of(one), places.size());
  for (const auto& item : more) {
    const auto [at, is_new] = places.try_emplace(std::string(name_of(item)), to.size());
    if (is_new)
      to.push_back(item);
    else
      to[at->second] = item;
  }
  // "-e NAME" of a variable nobody has.
  std::erase_if(to, [](auto& one) { return one.find('=') == std::string::npos; });
}

// --entrypoint drops the image's command too, and so does a child's ENTRYPOINT.
void complete_command(json& wanted, const json& image) {
  const bool own_entrypoint = wanted.contains("Entrypoint");
  if (!own_entrypoint) wanted["Entrypoint"] = strings(image, "Entrypoint");
  if (!own_entrypoint && strings(wanted, "Cmd").empty())
    wanted["Cmd"] = strings(image, "Cmd");
  // An image takes its base's entry point away in this way: ENTRYPOINT [""].
  if (strings(wanted, "Entrypoint") == std::vector<std::string>{""})
    wanted["Entrypoint"] = json::array();
  if (strings(wanted, "Entrypoint").empty() && strings(wanted, "Cmd").empty())
    throw usage_error(
        "no command specified",
        "the image has no CMD or ENTRYPOINT; give a command after the image name");
}

void complete_environment(json& wanted, const json& image) {
  std::vector<std::string> result{default_path};
  add_variables(result, strings(image, "Env"));
  if (value(wanted, "Tty", false)) add_variables(result, {"TERM=xterm"});
  add_variables(result, strings(wanted, "Env"));
  wanted["Env"] = result;
}

// Docker takes an image's "nobody:" as "nobody", though --user nobody: is refused.
std::string user_in(const json& image) {
  auto user = value<std::string>(image, "User", "");
  if (user.size() > 1 && user.find(':') == user.size() - 1) user.pop_back();
  return user;
}

void complete_others(json& wanted, const json& image) {
  if (value<std::string>(wanted, "User", "").empty()) wanted["User"] = user_in(image);
  for (const char* key : {"WorkingDir", "StopSignal"})
    if (value<std::string>(wanted, key, "").empty())
      wanted[key] = value<std::string>(image, key, "");
  json labels = object(image, "Labels");
  labels.update(object(wanted, "Labels"));
  wanted["Labels"] = labels;
  for (const char* key : {"Volumes", "ExposedPorts", "Healthcheck"}) {
    json both = object(image, key);
    both.update(object(wanted, key));
    if (!both.empty()) wanted[key] = both;
  }
}

// Refuses times and retries of a health check where there is no check.
void require_check(const json& wanted, const json& complete) {
  const json asked_for = object(wanted, "Healthcheck");
  if (asked_for.empty() || asked_for.contains("Test")) return;
  const auto test = strings(object(complete, "Healthcheck"), "Test");
  if (test.empty() || test.front() == "NONE")
    throw usage_error("--health-interval and its like: there is no check",
                      "--health-cmd gives one; the image has none");
}

// Of a path for which nothing else was asked.
void add_anonymous_volumes(json& wanted, const std::function<std::string()>& new_name) {
  const auto others = parse_spec(files::json_text(wanted)).mounts;
  const json paths = object(wanted, "Volumes");
  for (const auto& [path, nothing] : paths.items())
    if (std::ranges::find(others, valid_target("--volume", path),
                          &requested_mount::target) == others.end())
      wanted["AnonymousVolumes"][path] = new_name();
}

process first_of(const json& from) {
  process first;
  first.command = strings(from, "Entrypoint");
  for (const auto& word : strings(from, "Cmd")) first.command.push_back(word);
  first.environment = strings(from, "Env");
  first.user = value<std::string>(from, "User", "");
  first.directory = value<std::string>(from, "WorkingDir", "");
  if (first.directory.empty()) first.directory = "/";
  first.terminal = value(from, "Tty", false);
  first.has_input = value(from, "OpenStdin", false);
  return first;
}

void read_restart(const json& host, container_spec& to) {
  const json policy = object(host, "RestartPolicy");
  const auto name = value<std::string>(policy, "Name", "");
  if (name.empty()) return;
  to.restart = parse_restart(name);
  to.restart.most = value<unsigned>(policy, "MaximumRetryCount", 0);
  if (to.remove && to.restart.type != restart_policy::kind::no)
    throw usage_error("--restart can't be combined with --rm");
}

// A container on a bridge can be disconnected later, and keeps its ports for another one:
// so this is asked when it is made, and never again.
void require_uses(const container_spec& made, const json& host) {
  const bool publishes = !made.ports.empty() || !made.relayed.empty() ||
                         value(host, "PublishAllPorts", false);
  if (publishes && !made.on_bridge())
    throw usage_error(
        fmt::format("--publish: with --network {} there is no port to publish",
                    made.network),
        made.network == "host" ? "its ports are the host's already: leave --publish out"
                               : "choose a network, or leave --publish out");
  const bool own_shm = std::ranges::any_of(
      made.mounts, [](const auto& one) { return one.target == "/dev/shm"; });
  if (own_shm && value<std::uint64_t>(host, "ShmSize", 0) != 0)
    throw usage_error("--shm-size: another mount is at /dev/shm",
                      "give it the size there");
}

}  // namespace

std::string complete(const std::string& request, const std::string& image_id,
                     const std::string& image_config,
                     const std::function<std::string()>& new_name) {
  auto wanted = files::parse_own<json>(request, "the request");
  const json image = object(
      files::parse_json<json>(image_config, "the image's configuration"), "config");
  wanted["Version"] = files::format_version;
  wanted["ImageID"] = image_id;
  complete_command(wanted, image);
  complete_environment(wanted, image);
  const json before = wanted;
  complete_others(wanted, image);
  require_check(before, wanted);
  add_anonymous_volumes(wanted, new_name);
  const std::string text = files::json_text(wanted, 2) + "\n";
  const container_spec checked = parse_spec(text);
  require_uses(checked, object(wanted, "HostConfig"));
  if (!checked.hostname.empty()) pid::validate_hostname(checked.hostname);
  if (!checked.first.directory.starts_with('/'))
    throw usage_error(
        fmt::format("--workdir {}: must be an absolute path", checked.first.directory));
  security::validate_user(checked.first.user);
  cgroup::validate_parent(checked.cgroup_parent);
  return text;
}

std::string container_in(const std::string& mode) {
  return mode.starts_with(of_container) ? mode.substr(of_container.size()) : "";
}

std::string changed(const std::string& container_json, const std::string& host_config) {
  auto result = files::parse_own<json>(container_json, "container.json");
  json& host = result.at("HostConfig");
  const auto wanted = files::parse_own<json>(host_config, "the request");
  // Two ways to say one thing: the later one counts.
  if (wanted.contains("NanoCpus")) host.erase("CpuQuota");
  if (wanted.contains("CpuQuota")) host.erase("NanoCpus");
  host.update(wanted);
  const std::string text = files::json_text(result, 2) + "\n";
  parse_spec(text);
  return text;
}

container_spec parse_spec(const std::string& container_json) try {
  const auto from = files::parse_own<json>(container_json, "container.json");
  files::require_version(value(from, "Version", 1), "container.json");
  const json host = object(from, "HostConfig");
  container_spec spec;
  spec.image = value<std::string>(from, "Image", "");
  spec.image_id = value<std::string>(from, "ImageID", "");
  spec.hostname = value<std::string>(from, "Hostname", "");
  spec.first = first_of(from);
  const json labels = object(from, "Labels");
  for (const auto& [name, text] : labels.items())
    if (text.is_string()) spec.labels[name] = text;
  read_network(from, host, spec);
  read_mounts(from, host, spec);
  read_limits(host, spec);
  spec.read_only = value(host, "ReadonlyRootfs", false);
  spec.init = value(host, "Init", false);
  spec.remove = value(host, "AutoRemove", false);
  const auto signal = value<std::string>(from, "StopSignal", "");
  if (!signal.empty()) spec.stop_signal = parse_signal(signal);
  spec.stop_timeout_s = value<unsigned>(from, "StopTimeout", 10);
  read_restart(host, spec);
  read_health(from, spec);
  read_log(host, spec);
  read_rights(host, spec);
  return spec;
} catch (const json::exception& damaged) {
  throw usage_error(failure_kind::damaged,
                    fmt::format("container.json: {}", damaged.what()),
                    "the container's description is damaged; `zoomin rm` removes it");
}

namespace {

// Parses "RTMIN", "RTMIN+3", "RTMAX-1": the C library's real-time signals, signal(7).
std::optional<int> real_time_signal(std::string_view name) {
  const bool from_least = name.starts_with("RTMIN");
  if (!from_least && !name.starts_with("RTMAX")) return {};
  const int base = from_least ? SIGRTMIN : SIGRTMAX;
  name.remove_prefix(5);
  if (name.empty()) return base;
  if (name.front() != (from_least ? '+' : '-')) return {};
  int distance = 0;
  const auto [end, bad] =
      std::from_chars(name.data() + 1, name.data() + name.size(), distance);
  const int number = from_least ? base + distance : base - distance;
  if (bad != std::errc() || end != name.data() + name.size() || distance < 0 ||
      number < SIGRTMIN || number > SIGRTMAX)
    return {};
  return number;
}

// Docker knows these names beside those of the C library.
constexpr std::array<std::pair<std::string_view, int>, 4> other_signals{
    {{"CLD", SIGCHLD}, {"IO", SIGIO}, {"IOT", SIGIOT}, {"UNUSED", SIGSYS}}};

}  // namespace

int parse_signal(const std::string& text) {
  std::string name = sys::upper_case(text);
  if (name.starts_with("SIG")) name.erase(0, 3);
  if (const auto number = real_time_signal(name)) return *number;
  for (const auto& [other, number] : other_signals)
    if (name == other) return number;
  for (int number = 1; number < NSIG; ++number) {
    const std::string known = signal_name(number);
    if (name == fmt::format("{}", number) || (!known.empty() && name == known))
      return number;
  }
  throw usage_error(fmt::format("\"{}\": no such signal", text),
                    "signal(7) lists them: TERM, HUP, 9, RTMIN+3, …");
}

}  // namespace zoomin::container
