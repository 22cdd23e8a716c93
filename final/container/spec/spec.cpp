// SPDX-License-Identifier: MIT
#include "container/spec/spec.hpp"
#include "base/field_error.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <optional>
#include <unordered_map>
#include <utility>

#include "01-pid/pid.hpp"
#include "04-cgroups/hierarchy.hpp"
#include "base/json.hpp"
#include "common/error.hpp"
#include "common/names.hpp"
#include "common/sys.hpp"
#include "container/spec/fields.hpp"

namespace zoomin::container {

namespace {

constexpr const char* default_path =
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

std::string name_of(const std::string& variable) {
  return variable.substr(0, variable.find('='));
}

// Adds variables. A variable replaces an earlier one of the same name, at the same
// position.
void add_variables(std::vector<std::string>& to, const std::vector<std::string>& more) {
  std::unordered_map<std::string, std::size_t> positions;
  for (const auto& variable : to) positions.emplace(name_of(variable), positions.size());
  for (const auto& variable : more) {
    const auto [at, is_new] = positions.try_emplace(name_of(variable), to.size());
    if (is_new)
      to.push_back(variable);
    else
      to[at->second] = variable;
  }
  // "-e NAME" has no value if neither the caller nor the image sets the variable.
  std::erase_if(to,
                [](auto& variable) { return variable.find('=') == std::string::npos; });
}

// Takes the entry point and the command from the image, unless the request has them. As
// with Docker, --entrypoint also drops the image's command.
void complete_command(json& spec_json, const json& image) {
  const bool own_entrypoint = spec_json.contains("Entrypoint");
  if (!own_entrypoint) spec_json["Entrypoint"] = strings(image, "Entrypoint");
  if (!own_entrypoint && strings(spec_json, "Cmd").empty())
    spec_json["Cmd"] = strings(image, "Cmd");
  // ENTRYPOINT [""] in an image removes the entry point of its base image.
  if (strings(spec_json, "Entrypoint") == std::vector<std::string>{""})
    spec_json["Entrypoint"] = json::array();
  if (strings(spec_json, "Entrypoint").empty() && strings(spec_json, "Cmd").empty())
    throw usage_error(
        "no command specified",
        "the image has no CMD or ENTRYPOINT; give a command after the image name");
}

void complete_environment(json& spec_json, const json& image) {
  std::vector<std::string> environment{default_path};
  add_variables(environment, strings(image, "Env"));
  if (value(spec_json, "Tty", false)) add_variables(environment, {"TERM=xterm"});
  add_variables(environment, strings(spec_json, "Env"));
  spec_json["Env"] = environment;
}

// Returns the image's user. As with Docker, an image may have "nobody:" for "nobody", but
// --user may not.
std::string user_in(const json& image) {
  auto user = value<std::string>(image, "User", "");
  if (user.size() > 1 && user.find(':') == user.size() - 1) user.pop_back();
  return user;
}

void complete_others(json& spec_json, const json& image) {
  if (value<std::string>(spec_json, "User", "").empty())
    spec_json["User"] = user_in(image);
  for (const char* key : {"WorkingDir", "StopSignal"})
    if (value<std::string>(spec_json, key, "").empty())
      spec_json[key] = value<std::string>(image, key, "");
  json labels = object(image, "Labels");
  labels.update(object(spec_json, "Labels"));
  spec_json["Labels"] = labels;
  for (const char* key : {"Volumes", "ExposedPorts", "Healthcheck"}) {
    json both = object(image, key);
    both.update(object(spec_json, key));
    if (!both.empty()) spec_json[key] = both;
  }
}

// Throws field_error if the request sets times or retries of a health check, but there is
// no check.
void require_check(const json& request, const json& completed) {
  const json options = object(request, "Healthcheck");
  if (options.empty() || options.contains("Test")) return;
  const auto test = strings(object(completed, "Healthcheck"), "Test");
  if (test.empty() || test.front() == "NONE")
    throw base::field_error("Config.Healthcheck.Interval",
                            "and similar options: the container has no health check",
                            "the image has none; set one with Config.Healthcheck.Test");
}

// Adds an anonymous volume for each path in Volumes at which nothing else is mounted.
void add_anonymous_volumes(json& spec_json, container_spec& spec,
                           const std::function<std::string()>& new_name) {
  const auto others = spec.mounts;
  const json paths = object(spec_json, "Volumes");
  for (const auto& [path, nothing] : paths.items()) {
    const auto target = valid_target("HostConfig.Binds", path);
    if (std::ranges::find(others, target, &requested_mount::target) != others.end())
      continue;
    const std::string name = new_name();
    spec_json["AnonymousVolumes"][path] = name;
    spec.mounts.push_back({.type = requested_mount::kind::volume,
                           .source = name,
                           .target = target,
                           .anonymous = true});
  }
  refuse_duplicates(spec.mounts);
}

void read_labels(const json& value, container_spec& to) {
  for (const auto& [name, text] : value.items())
    if (text.is_string()) to.labels[name] = text;
}

void put_entrypoint(std::string_view, const std::string& text, json& target) {
  target = text.empty() ? json::array() : json{text};
}

void read_command(const json& value, container_spec& to) {
  auto& command = to.init_process.command;
  for (const auto& word : value) command.push_back(word);
}

void read_directory(const json& value, container_spec& to) {
  const auto* const path = value.get_ptr<const std::string*>();  // null may be stored
  if (path != nullptr && !path->empty()) to.init_process.directory = *path;
}

void read_stop_signal(const json& value, container_spec& to) {
  const auto& signal = value.get_ref<const std::string&>();
  if (!signal.empty()) to.stop_signal = parse_signal(signal);
}

using enum kind;

constexpr field general_fields[]{
    {"", 0, text, "/Image", "", "", into<&container_spec::image>},
    {"", 0, text, "/ImageID", "", "", into<&container_spec::image_id>},
    {"--rm", 0, toggle, "/HostConfig/AutoRemove",
     "automatically remove the container when it exits", "false",
     into<&container_spec::remove>},
    {"--label", 'l', pairs, "/Labels", "set metadata on a container: NAME=VALUE", "{}",
     read_labels},
    {"--annotation", 0, pairs, "/HostConfig/Annotations",
     "add an annotation to config.json: NAME=VALUE", "",
     into_pairs<&container_spec::annotations>},
    {"--hostname", 'h', text, "/Hostname", "container host name", R"("")",
     into<&container_spec::hostname>},
    {"--read-only", 0, toggle, "/HostConfig/ReadonlyRootfs",
     "mount the container's root file system as read only", "false",
     into<&container_spec::read_only>},
    {"--domainname", 0, unsupported, "/Domainname", "container NIS domain name", R"("")"},
    {"", 0, text, "/OnBuild", "", "null"},
    {"", 0, text, "/HostConfig/ContainerIDFile", "", R"("")"},
    {"--runtime", 0, unsupported, "/HostConfig/Runtime",
     "runtime to use for this container", R"("zoomin")"},
    {"--disable-content-trust", 0, unsupported},
    {"--gpus", 0, unsupported},
    {"--isolation", 0, unsupported},
    {"--use-api-socket", 0, unsupported},
};

constexpr field process_fields[]{
    {"--interactive", 'i', toggle, "/OpenStdin", "keep stdin open even if not attached",
     "false", into<&container_spec::init_process, &process::has_input>},
    {"--tty", 't', toggle, "/Tty", "allocate a pseudo-TTY", "false",
     into<&container_spec::init_process, &process::terminal>},
    {"--env", 'e', list, "/Env", "set environment variables: NAME=VALUE or NAME", "[]",
     into<&container_spec::init_process, &process::environment>},
    {"--workdir", 'w', text, "/WorkingDir", "working directory inside the container",
     R"("")", read_directory},
    {"--user", 'u', text, "/User", "user name or UID (format: NAME|UID[:GROUP|GID])",
     R"("")", into<&container_spec::init_process, &process::user>},
    {"--group-add", 0, list, "/HostConfig/GroupAdd", "add a supplementary group", "null",
     into<&container_spec::init_process, &process::groups>},
    {"--entrypoint", 0, text, "/Entrypoint",
     "overwrite the default ENTRYPOINT of the image", "null", read_command,
     put_entrypoint},
    {"", 0, list, "/Cmd", "", "null", read_command},
    {"--init", 0, toggle, "/HostConfig/Init",
     "run an init that forwards signals and reaps processes", "false",
     into<&container_spec::init>},
    {"--stop-signal", 0, text, "/StopSignal",
     "signal to stop the container (default TERM)", "", read_stop_signal},
    {"--stop-timeout", 0, number, "/StopTimeout",
     "timeout in seconds to stop the container (default 10)", "",
     into<&container_spec::stop_timeout_s>},
};

// Checks combinations of options. This is done only when the container is created,
// because a container that is later disconnected from all networks keeps its ports for
// the next network.
void require_uses(const container_spec& spec, const json& host) {
  const bool publishes = !spec.ports.empty() || value(host, "PublishAllPorts", false);
  if (publishes && !spec.on_bridge())
    throw base::field_error(
        "HostConfig.PortBindings",
        fmt::format("can't be combined with HostConfig.NetworkMode {}", spec.network),
        spec.network == "host"
            ? "the container uses the host's ports directly; omit HostConfig.PortBindings"
            : "choose another network, or omit HostConfig.PortBindings");
  const bool own_shm = std::ranges::any_of(
      spec.mounts, [](const auto& mount) { return mount.target == "/dev/shm"; });
  if (own_shm && value<std::uint64_t>(host, "ShmSize", 0) != 0)
    throw base::field_error("HostConfig.ShmSize", ": a mount replaces /dev/shm",
                            "set the size of that mount instead");
}

}  // namespace

constinit const subject general_subject{general_fields};
constinit const subject process_subject{process_fields};

stored_spec complete_request(const create_request& request, const std::string& image_id,
                             const std::string& image_config,
                             const std::function<std::string()>& new_name) try {
  const json image =
      object(base::parse_json<json>(image_config, "the image's configuration"), "config");
  json spec_json = request;
  spec_json["Version"] = base::format_version;
  spec_json["ImageID"] = image_id;
  complete_command(spec_json, image);
  complete_environment(spec_json, image);
  complete_others(spec_json, image);
  require_check(request, spec_json);
  container_spec checked = read_spec(spec_json);
  require_of_machine(spec_json);
  add_anonymous_volumes(spec_json, checked, new_name);
  require_uses(checked, object(spec_json, "HostConfig"));
  if (!checked.hostname.empty()) pid::validate_hostname(checked.hostname);
  if (!checked.init_process.directory.starts_with('/'))
    throw base::field_error(
        "Config.WorkingDir",
        fmt::format("{}: must be an absolute path", checked.init_process.directory));
  security::validate_user(checked.init_process.user);
  cgroup::validate_parent(checked.cgroup_parent);
  return {container_text(spec_json), std::move(checked)};
} catch (const json::exception& damaged) {
  throw usage_error(
      fmt::format("the request, or the image's configuration: {}", damaged.what()));
}

std::string container_in(const std::string& mode) {
  return mode.starts_with(of_container) ? mode.substr(of_container.size()) : "";
}

namespace {

// Drops 0 and "", which leave a setting unchanged in an update, as with Docker.
void drop_unchanged(json& changes) {
  for (auto entry = changes.begin(); entry != changes.end();)
    entry = *entry == 0 || *entry == "" ? changes.erase(entry) : std::next(entry);
}

}  // namespace

stored_spec with_host_config(const std::string& container_json,
                             const std::string& host_config) {
  auto spec_json = base::parse_own<json>(container_json, "container.json");
  json& host = spec_json.at("HostConfig");
  auto changes = base::parse_own<json>(host_config, "the request");
  drop_unchanged(changes);
  // NanoCpus sets the same limit as the other two, so the new one replaces the old one.
  if (changes.contains("NanoCpus"))
    for (const char* key : {"CpuQuota", "CpuPeriod"}) host.erase(key);
  if (changes.contains("CpuQuota")) host.erase("NanoCpus");
  host.update(changes);
  auto changed = stored(spec_json);
  require_of_machine({{"HostConfig", changes}});
  return changed;
}

container_spec parse_spec(const std::string& container_json) try {
  return read_spec(base::parse_own<json>(container_json, "container.json"));
} catch (const json::exception& damaged) {
  throw usage_error(
      failure_kind::damaged, fmt::format("container.json: {}", damaged.what()),
      "the container's description is damaged; run `zoomin rm` to remove it");
}

container_spec parse_spec_for_start(const std::string& container_json) {
  auto spec = parse_spec(container_json);
  require_of_machine(base::parse_own<json>(container_json, "container.json"));
  return spec;
}

namespace {

// Parses "RTMIN", "RTMIN+3", "RTMAX-1": the C library's real-time signals, signal(7).
std::optional<int> real_time_signal(std::string_view name) {
  const bool from_min = name.starts_with("RTMIN");
  if (!from_min && !name.starts_with("RTMAX")) return {};
  const int base = from_min ? SIGRTMIN : SIGRTMAX;
  name.remove_prefix(5);
  if (name.empty()) return base;
  if (name.front() != (from_min ? '+' : '-')) return {};
  int distance = 0;
  const auto [end, bad] =
      std::from_chars(name.data() + 1, name.data() + name.size(), distance);
  const int number = from_min ? base + distance : base - distance;
  if (bad != std::errc() || end != name.data() + name.size() || distance < 0 ||
      number < SIGRTMIN || number > SIGRTMAX)
    return {};
  return number;
}

// Docker accepts these names in addition to the names of the C library.
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
  throw usage_error(fmt::format("invalid signal: {}", text),
                    "expected a name or number of signal(7), such as TERM, 9 or RTMIN+3");
}

}  // namespace zoomin::container
