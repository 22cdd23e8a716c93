// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <sstream>
#include <string_view>

#include "base/json.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"
#include "container/runtime/oci_config.hpp"
#include "container/spec/fields.hpp"
#include "image/image.hpp"

namespace zoomin::container {

namespace {

constexpr const char* version = "1.0.2";  // of the specification

// --- process ---

constexpr std::string_view limit_prefix = "RLIMIT_";  // then "NOFILE"; ours is "nofile"

json limits_of(const process& process) {
  json limits = json::array();
  for (const auto& limit : process.limits)
    limits.push_back(
        {{"type", fmt::format("{}{}", limit_prefix, sys::upper_case(limit.name))},
         {"soft", limit.soft},
         {"hard", limit.hard}});
  return limits;
}

constexpr std::uint32_t nobody = 65534;

std::uint32_t number_or_nobody(const std::string& text) {
  std::uint32_t number = nobody;
  if (text.find_first_not_of("0123456789") == std::string::npos)
    std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// Returns the user. Names are looked up in the container, and so is the group of a user
// given without one. The specification has only numbers: a runtime that doesn't look up
// names uses nobody's.
json user_of(const process& process) {
  const std::string& text = process.user.empty() ? "0:0" : process.user;
  const auto colon = std::min(text.find(':'), text.size());
  const auto gid = number_or_nobody(text.substr(std::min(colon + 1, text.size())));
  json groups = json::array();
  if (gid != nobody) groups.push_back(gid);
  for (const auto& group : process.groups)
    if (const auto number = number_or_nobody(group); number != nobody)
      groups.push_back(number);
  return {{"uid", number_or_nobody(text.substr(0, colon))},
          {"gid", gid},
          {"additionalGids", groups},
          {"username", process.user},
          {"additionalGroups", process.groups}};
}

json process_of(const process& process) {
  json entry{{"terminal", process.terminal},
             {"user", user_of(process)},
             {"args", process.command},
             {"env", process.environment},
             {"cwd", process.directory},
             {"rlimits", limits_of(process)},
             {"noNewPrivileges", process.confinement.no_new_privileges},
             {"oomScoreAdj", process.oom_score_adj}};
  for (const char* set : {"bounding", "effective", "permitted"})
    entry["capabilities"][set] = process.confinement.capabilities;
  if (process.terminal)
    entry["consoleSize"] = {{"height", process.size.rows},
                            {"width", process.size.columns}};
  return entry;
}

// --- mounts ---

std::vector<std::string> options_of(const mnt::mount_entry& entry) {
  constexpr std::array names{std::pair{MS_NOSUID, "nosuid"}, std::pair{MS_NODEV, "nodev"},
                             std::pair{MS_NOEXEC, "noexec"}, std::pair{MS_RDONLY, "ro"}};
  const bool bind = entry.type == "bind";
  std::vector<std::string> options;
  if (bind) options.emplace_back((entry.flags & MS_REC) != 0 ? "rbind" : "bind");
  for (const auto& [flag, name] : names)
    if ((entry.flags & flag) != 0) options.emplace_back(name);
  if (bind && (entry.flags & MS_RDONLY) != 0) options.back() = "rro";
  if (entry.propagation != 0)
    options.emplace_back(entry.propagation == MS_SLAVE ? "rslave" : "rshared");
  std::istringstream own(entry.data);
  for (std::string name; std::getline(own, name, ',');) options.push_back(name);
  return options;
}

json mounts_of(const oci_config& config) {
  json mounts = json::array();
  for (const auto& entry : config.mounts)
    if (entry.type != "file")
      mounts.push_back({{"destination", entry.target},
                        {"type", entry.type},
                        {"source", entry.type == "bind" ? entry.source : entry.type},
                        {"options", options_of(entry)}});
  return mounts;
}

json nodes_of(const oci_config& config) {
  json nodes = json::array();
  for (const auto& entry : config.mounts)
    for (const auto& node : entry.nodes)
      if (node.link.empty())
        nodes.push_back({{"path", fmt::format("{}/{}", entry.target, node.name)},
                         {"type", S_ISBLK(node.mode) ? "b" : "c"},
                         {"major", major(node.device)},
                         {"minor", minor(node.device)},
                         {"fileMode", node.mode & 07777}});
  return nodes;
}

// --- namespaces, limits ---

json namespaces_of(const oci_config& config) {
  constexpr std::array names{
      std::pair{CLONE_NEWPID, "pid"},  std::pair{CLONE_NEWNET, "network"},
      std::pair{CLONE_NEWNS, "mount"}, std::pair{CLONE_NEWIPC, "ipc"},
      std::pair{CLONE_NEWUTS, "uts"},  std::pair{CLONE_NEWCGROUP, "cgroup"}};
  json namespaces = json::array();
  for (const auto& entry : config.namespaces)
    for (const auto& [flag, name] : names) {
      if (entry.flag != static_cast<std::uint64_t>(flag)) continue;
      namespaces.push_back({{"type", name}});
      if (!entry.path.empty()) namespaces.back()["path"] = entry.path;
    }
  return namespaces;
}

json rules_of(const oci_config& config) {
  json rules{{{"allow", false}, {"access", "rwm"}}};
  for (const auto& device : config.devices) {
    json rule{{"allow", true}, {"type", std::string(1, device.type)}};
    if (device.number) rule["major"] = *device.number;
    if (device.minor) rule["minor"] = *device.minor;
    rule["access"] = device.access;
    rules.push_back(std::move(rule));
  }
  return rules;
}

constexpr std::string_view our_groups = "/zoomin/";

std::string group_path(const oci_config& config, const std::string& id) {
  const auto& parent = config.cgroup_parent;
  const bool absolute = parent.empty() || parent.starts_with('/');
  return fmt::format("{}{}{}{}", absolute ? "" : "/", parent, our_groups, id);
}

std::int64_t number(std::uint64_t limit) {
  return limit == cgroup::unlimited ? -1 : static_cast<std::int64_t>(limit);
}

void put(json& in, const char* key, const std::optional<std::uint64_t>& limit) {
  if (limit) in[key] = number(*limit);
}

json blocks_of(const cgroup::resources& limits) {
  constexpr std::array keys{"throttleReadBpsDevice", "throttleWriteBpsDevice",
                            "throttleReadIOPSDevice", "throttleWriteIOPSDevice"};
  json block_io = json::object();
  put(block_io, "weight", limits.io_weight);
  for (const auto& device_limit : limits.io) {
    struct stat info {};
    sys::check("stat", device_limit.device,
               [&] { return ::stat(device_limit.device.c_str(), &info); });
    block_io[keys.at(static_cast<std::size_t>(device_limit.of))].push_back(
        {{"major", major(info.st_rdev)},
         {"minor", minor(info.st_rdev)},
         {"rate", number(device_limit.most)}});
  }
  return block_io;
}

json resources_of(const oci_config& config) {
  const auto& limits = config.limits;
  json memory = json::object(), cpu = json::object(), resources;
  put(memory, "limit", limits.memory_bytes);
  put(memory, "swap",
      limits.memory_swap_bytes ? limits.memory_swap_bytes : limits.memory_bytes);
  put(memory, "reservation", limits.memory_reservation_bytes);
  if (limits.cpu_weight) cpu["shares"] = cgroup::shares_of(*limits.cpu_weight);
  put(cpu, "quota", limits.cpu_quota_us);
  if (limits.cpu_quota_us) cpu["period"] = cgroup::cpu_period_us;
  if (limits.processors) cpu["cpus"] = cgroup::processors_text(*limits.processors);
  if (limits.memory_nodes) cpu["mems"] = cgroup::processors_text(*limits.memory_nodes);
  resources["devices"] = rules_of(config);
  if (!memory.empty()) resources["memory"] = memory;
  if (!cpu.empty()) resources["cpu"] = cpu;
  if (limits.oom_ends_all && limits.memory_bytes)
    resources["unified"]["memory.oom.group"] = "1";
  if (limits.pids) resources["pids"]["limit"] = number(*limits.pids);
  if (const json blocks = blocks_of(limits); !blocks.empty())
    resources["blockIO"] = blocks;
  return resources;
}

// --- annotations: what the specification doesn't cover ---

const char* filter_name(const process& process) {
  const auto& seccomp = process.confinement.seccomp;
  return seccomp == "unconfined" ? "unconfined"
         : seccomp == "default"  ? "default"
                                 : "own";
}

json annotations_of(const oci_config& config) {
  json annotations = json::object();
  for (const auto& [name, text] : config.annotations) annotations[name] = text;
  annotations.update({{"zoomin.layers", image::top_first(config.layers)},
                      {"zoomin.init", config.init ? "true" : "false"},
                      {"zoomin.seccomp", filter_name(config.init_process)}});
  for (const auto& fill : config.fills)
    annotations["zoomin.fills." + fill.target] = fill.volume;
  for (const auto& entry : config.mounts)
    if (entry.type == "file") annotations["zoomin.file." + entry.target] = entry.data;
  return annotations;
}

}  // namespace

std::string text_of(const oci_config& config, const std::string& id) {
  json sysctls = json::object();
  for (const auto& [name, value] : config.sysctls) sysctls[name] = value;
  json document{
      {"ociVersion", version},
      {"process", process_of(config.init_process)},
      {"root", {{"path", config.writable + "/merged"}, {"readonly", config.read_only}}},
      {"mounts", mounts_of(config)},
      {"linux",
       {{"namespaces", namespaces_of(config)},
        {"cgroupsPath", group_path(config, id)},
        {"resources", resources_of(config)},
        {"devices", nodes_of(config)},
        {"sysctl", sysctls},
        {"maskedPaths", config.hidden.masked},
        {"readonlyPaths", config.hidden.read_only}}},
      {"annotations", annotations_of(config)}};
  if ((config.new_namespaces() & CLONE_NEWUTS) != 0)
    document["hostname"] = config.hostname;
  return base::json_text(document, 2) + "\n";
}

std::string filter_of(const oci_config& config) {
  const auto& filter = config.init_process.confinement.filter;
  return {reinterpret_cast<const char*>(filter.data()),
          filter.size() * sizeof(sock_filter)};
}

namespace {

constexpr const char* restart_hint = "each start writes it anew; run `zoomin restart`";

template <typename T>
T read(const std::string& config_json, const std::function<T(const json&)>& entry) try {
  return entry(base::parse_own<json>(config_json, "config.json"));
} catch (const json::exception& damaged) {
  throw usage_error(failure_kind::damaged, fmt::format("config.json: {}", damaged.what()),
                    restart_hint);
}

std::vector<sock_filter> parse_filter(const std::string& bytes, bool required) {
  std::vector<sock_filter> programs(bytes.size() / sizeof(sock_filter));
  if (programs.size() * sizeof(sock_filter) != bytes.size() ||
      programs.empty() == required)
    throw usage_error(failure_kind::damaged,
                      "the file filter beside config.json is damaged", restart_hint);
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(programs.data()));
  return programs;
}

}  // namespace

std::string hostname_in(const std::string& config_json) {
  return read<std::string>(config_json, [](const json& config) {
    return value<std::string>(config, "hostname", "");
  });
}

exec_config parse_exec_config(const std::string& config_json, const std::string& filter) {
  return read<exec_config>(config_json, [&](const json& config) {
    const json& entry = config.at("process");
    process process;
    process.environment = strings(entry, "env");
    process.user = entry.at("user").at("username");
    process.groups = strings(entry.at("user"), "additionalGroups");
    process.directory = entry.at("cwd");
    process.oom_score_adj = entry.at("oomScoreAdj");
    process.confinement.no_new_privileges = entry.at("noNewPrivileges");
    process.confinement.capabilities = strings(entry.at("capabilities"), "bounding");
    process.confinement.seccomp = config.at("annotations").at("zoomin.seccomp");
    process.confinement.filter =
        parse_filter(filter, process.confinement.seccomp == "own");
    for (const auto& limit : entry.at("rlimits"))
      process.limits.push_back(
          {sys::lower_case(
               limit.at("type").get<std::string>().substr(limit_prefix.size())),
           limit.at("soft"), limit.at("hard")});
    const std::string group = config.at("linux").at("cgroupsPath");
    return exec_config{std::move(process), group.substr(0, group.rfind(our_groups))};
  });
}

std::uint64_t oci_config::new_namespaces() const {
  std::uint64_t flags = 0;
  for (const auto& entry : namespaces)
    if (entry.path.empty()) flags |= entry.flag;
  return flags;
}

}  // namespace zoomin::container
