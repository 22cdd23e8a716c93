// SPDX-License-Identifier: MIT
#include "container/asked.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstring>
#include <nlohmann/json.hpp>

#include "01-pid/pid.hpp"
#include "04-cgroups/cgroup.hpp"
#include "common/error.hpp"

namespace zoomin::container {

using json = nlohmann::ordered_json;

namespace {

constexpr std::uint64_t default_pids = 2048;
constexpr std::int64_t nano = 1'000'000'000;
constexpr const char* default_path =
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

// null and what isn't there are the same, as in Docker's documents.
template <typename T>
T value(const json& in, const char* key, T otherwise) {
  const auto found = in.find(key);
  return found == in.end() || found->is_null() ? otherwise : found->get<T>();
}

std::vector<std::string> strings(const json& in, const char* key) {
  return value(in, key, std::vector<std::string>());
}

json object(const json& in, const char* key) {
  return value(in, key, json(json::object()));
}

std::string name_of(const std::string& variable) {
  return variable.substr(0, variable.find('='));
}

// The later one of a name counts, in the earlier one's place.
void add_variables(std::vector<std::string>& to, const std::vector<std::string>& more) {
  for (const auto& one : more) {
    const auto same = [&](const auto& old) { return name_of(old) == name_of(one); };
    const auto old = std::ranges::find_if(to, same);
    if (one.find('=') == std::string::npos) {  // "-e NAME" of a variable nobody has
      if (old != to.end()) to.erase(old);
    } else if (old != to.end()) {
      *old = one;
    } else {
      to.push_back(one);
    }
  }
}

// --entrypoint drops the image's command too, and so does a child's ENTRYPOINT.
void complete_command(json& wanted, const json& image) {
  const bool own_entrypoint = wanted.contains("Entrypoint");
  if (!own_entrypoint) wanted["Entrypoint"] = strings(image, "Entrypoint");
  if (!own_entrypoint && strings(wanted, "Cmd").empty())
    wanted["Cmd"] = strings(image, "Cmd");
  if (strings(wanted, "Entrypoint").empty() && strings(wanted, "Cmd").empty())
    throw usage_error("no command specified",
                      "the image names none: put one behind its name");
}

void complete_environment(json& wanted, const json& image) {
  std::vector<std::string> all{default_path};
  add_variables(all, strings(image, "Env"));
  if (value(wanted, "Tty", false)) add_variables(all, {"TERM=xterm"});
  add_variables(all, strings(wanted, "Env"));
  wanted["Env"] = all;
}

void complete_others(json& wanted, const json& image) {
  for (const char* key : {"User", "WorkingDir", "StopSignal"})
    if (value<std::string>(wanted, key, "").empty())
      wanted[key] = value<std::string>(image, key, "");
  json labels = object(image, "Labels");
  labels.update(object(wanted, "Labels"));
  wanted["Labels"] = labels;
  if (!image.value("Volumes", json()).empty()) wanted["Volumes"] = image["Volumes"];
}

std::uint64_t least(const json& in, const char* key, const char* flag) {
  const auto bytes = value<std::uint64_t>(in, key, 0);
  if (bytes != 0 && bytes < cgroup::least_memory_bytes)
    throw usage_error(fmt::format("{} {}: at least 6 MiB are needed", flag, bytes));
  return bytes;
}

cgroup::limits limits_of(const json& host) {
  cgroup::limits all;
  if (const auto bytes = least(host, "Memory", "--memory"); bytes != 0)
    all.memory_bytes = bytes;
  const auto swap = value<std::int64_t>(host, "MemorySwap", 0);
  if (swap != 0)
    all.memory_swap_bytes =
        swap == -1 ? cgroup::unlimited : static_cast<std::uint64_t>(swap);
  const auto cpus = value<std::int64_t>(host, "NanoCpus", 0);
  if (cpus != 0)
    all.cpu_quota_us = static_cast<std::uint64_t>(cpus) * cgroup::cpu_period_us / nano;
  const auto set = value<std::string>(host, "CpusetCpus", "");
  if (!set.empty())
    all.processors = cgroup::parse_processors("--cpuset-cpus", set, cgroup::processors());
  const auto pids = value<std::int64_t>(host, "PidsLimit", 0);
  all.pids = pids == 0  ? default_pids
             : pids < 0 ? cgroup::unlimited
                        : static_cast<std::uint64_t>(pids);
  all.pids_where_possible = pids == 0;
  return all;
}

std::vector<net::published_port> ports_of(const json& host) {
  std::vector<net::published_port> all;
  const json bindings = object(host, "PortBindings");
  for (const auto& [inner, outer] : bindings.items()) {
    for (const auto& one : outer) {
      const auto at = value<std::string>(one, "HostIp", "");
      all.push_back(net::parse_published_port(
          fmt::format("{}{}{}:{}", at, at.empty() ? "" : ":",
                      value<std::string>(one, "HostPort", ""), inner)));
    }
  }
  return all;
}

// "10m", "1.5g", "512"; powers of 1000, as this option has with Docker.
std::uint64_t parse_log_size(const std::string& flag, const std::string& text) {
  double bytes = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, failure] = std::from_chars(text.data(), end, bytes);
  std::string unit(stopped, end);
  if (unit.size() > 1 && unit.ends_with('b')) unit.pop_back();
  constexpr std::array<std::pair<std::string_view, double>, 5> units{
      {{"", 1}, {"b", 1}, {"k", 1e3}, {"m", 1e6}, {"g", 1e9}}};
  const auto* const found =
      std::ranges::find(units, unit, [](auto& one) { return one.first; });
  if (failure != std::errc() || found == units.end() || !(bytes * found->second >= 1) ||
      bytes * found->second > 1e15)
    throw usage_error(fmt::format("{}={}: not a size", flag, text), "512k, 10m, 1g");
  return static_cast<std::uint64_t>(bytes * found->second);
}

void read_log_option(const std::string& name, const std::string& text, log_limits& to) {
  const auto flag = fmt::format("--log-opt {}", name);
  if (name == "max-size") {
    to.max_size = text == "-1" ? 0 : parse_log_size(flag, text);
  } else if (name == "max-file") {
    const auto most = cgroup::parse_count(flag, text);
    if (most == cgroup::unlimited)
      throw usage_error(fmt::format("{}={}: a number is meant", flag, text));
    to.max_files = static_cast<unsigned>(most);
  } else {
    throw usage_error(flag + ": not supported", "max-size and max-file are");
  }
}

// Docker's default driver is the one whose commands ours answers to.
void read_log(const json& host, asked& all) {
  const json log = object(host, "LogConfig");
  const auto driver = value<std::string>(log, "Type", "json-file");
  if (driver != "json-file" && driver != "none")
    throw usage_error(fmt::format("--log-driver {}: not supported", driver),
                      "json-file and none are");
  all.keeps_log = driver == "json-file";
  const json options = object(log, "Config");
  if (!all.keeps_log && !options.empty())
    throw usage_error("--log-opt: there is no log with --log-driver none");
  for (const auto& [name, text] : options.items())
    read_log_option(name, text.get<std::string>(), all.log);
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

}  // namespace

std::string complete(const std::string& request, const std::string& image_id,
                     const std::string& image_config) {
  json wanted = json::parse(request);
  const json image = object(json::parse(image_config), "config");
  wanted["ImageID"] = image_id;
  complete_command(wanted, image);
  complete_environment(wanted, image);
  complete_others(wanted, image);
  const std::string text = wanted.dump(2) + "\n";
  const asked checked = parse_asked(text);
  if (!checked.hostname.empty()) pid::validate_hostname(checked.hostname);
  if (!checked.first.directory.starts_with('/'))
    throw usage_error(
        fmt::format("--workdir {}: a path from / is meant", checked.first.directory));
  security::validate_user(checked.first.user);
  return text;
}

asked parse_asked(const std::string& container_json) try {
  const json from = json::parse(container_json);
  const json host = object(from, "HostConfig");
  asked all;
  all.image = value<std::string>(from, "Image", "");
  all.image_id = value<std::string>(from, "ImageID", "");
  all.hostname = value<std::string>(from, "Hostname", "");
  all.first = first_of(from);
  for (const auto& one : strings(host, "Binds")) all.binds.push_back(parse_bind(one));
  all.ports = ports_of(host);
  all.network = value<std::string>(host, "NetworkMode", "default");
  all.limits = limits_of(host);
  all.read_only = value(host, "ReadonlyRootfs", false);
  all.init = value(host, "Init", false);
  all.remove = value(host, "AutoRemove", false);
  const auto signal = value<std::string>(from, "StopSignal", "");
  if (!signal.empty()) all.stop_signal = parse_signal(signal);
  all.stop_timeout_s = value<unsigned>(from, "StopTimeout", 10);
  read_log(host, all);
  all.first.confinement.capabilities =
      security::capabilities(strings(host, "CapAdd"), strings(host, "CapDrop"));
  return all;
} catch (const json::exception& damaged) {
  throw usage_error(fmt::format("container.json: {}", damaged.what()),
                    "the container's description is damaged; `zoomin rm` removes it");
}

bound parse_bind(const std::string& text) {
  const auto refuse = [&](const std::string& why) {
    throw usage_error(fmt::format("--volume {}: {}", text, why),
                      "/HOST/PATH:/CONTAINER/PATH[:ro] is meant");
  };
  const auto first = text.find(':');
  if (first == std::string::npos || !text.starts_with('/'))
    refuse("named and anonymous volumes are not supported");
  bound one{text.substr(0, first), text.substr(first + 1), false};
  const auto second = one.container_path.find(':');
  if (second != std::string::npos) {
    const std::string mode = one.container_path.substr(second + 1);
    one.container_path.resize(second);
    one.read_only = mode == "ro";
    if (mode != "ro" && mode != "rw") refuse(fmt::format("\"{}\": not supported", mode));
  }
  if (!one.container_path.starts_with('/')) refuse("not a path from /");
  for (const char* kernel : {"/proc", "/sys"})
    if (one.container_path == kernel ||
        one.container_path.starts_with(std::string(kernel) + "/"))
      refuse(fmt::format("{} is the kernel's", kernel));
  return one;
}

int parse_signal(const std::string& text) {
  std::string name = text;
  std::ranges::transform(name, name.begin(), [](unsigned char c) {
    return static_cast<char>(std::toupper(c));
  });
  if (name.starts_with("SIG")) name.erase(0, 3);
  for (int number = 1; number < NSIG; ++number) {
    const char* known = ::sigabbrev_np(number);
    if (name == fmt::format("{}", number) || (known != nullptr && name == known))
      return number;
  }
  throw usage_error(fmt::format("\"{}\": no such signal", text),
                    "signal(7) lists them: TERM, HUP, 9, …");
}

}  // namespace zoomin::container
