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
#include "container/spec/json.hpp"
#include "image/image.hpp"

namespace zoomin::container {

namespace {

constexpr const char* version = "1.0.2";  // of the specification

// --- its process ---

constexpr std::string_view of_limits = "RLIMIT_";  // and "NOFILE"; ours is "nofile"

json limits_of(const process& first) {
  json result = json::array();
  for (const auto& limit : first.limits)
    result.push_back(
        {{"type", fmt::format("{}{}", of_limits, sys::upper_case(limit.name))},
         {"soft", limit.soft},
         {"hard", limit.hard}});
  return result;
}

constexpr std::uint32_t nobody = 65534;

std::uint32_t number_or_nobody(const std::string& text) {
  std::uint32_t number = nobody;
  if (text.find_first_not_of("0123456789") == std::string::npos)
    std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// A name is the image's, and so is the group of a user without one: they are looked up
// inside. The specification has numbers alone: who can't look up names gives it nobody's.
json user_of(const process& first) {
  const std::string& text = first.user.empty() ? "0:0" : first.user;
  const auto colon = std::min(text.find(':'), text.size());
  const auto gid = number_or_nobody(text.substr(std::min(colon + 1, text.size())));
  json groups = json::array();
  if (gid != nobody) groups.push_back(gid);
  for (const auto& one : first.groups)
    if (const auto number = number_or_nobody(one); number != nobody)
      groups.push_back(number);
  return {{"uid", number_or_nobody(text.substr(0, colon))},
          {"gid", gid},
          {"additionalGids", groups},
          {"username", first.user},
          {"additionalGroups", first.groups}};
}

json process_of(const process& first) {
  json entry{{"terminal", first.terminal},
             {"user", user_of(first)},
             {"args", first.command},
             {"env", first.environment},
             {"cwd", first.directory},
             {"rlimits", limits_of(first)},
             {"noNewPrivileges", first.confinement.no_new_privileges},
             {"oomScoreAdj", first.oom_score_adj}};
  for (const char* set : {"bounding", "effective", "permitted"})
    entry["capabilities"][set] = first.confinement.capabilities;
  if (first.terminal)
    entry["consoleSize"] = {{"height", first.size.rows}, {"width", first.size.columns}};
  return entry;
}

// --- what is mounted ---

std::vector<std::string> options_of(const mnt::mount_entry& entry) {
  constexpr std::array words{std::pair{MS_NOSUID, "nosuid"}, std::pair{MS_NODEV, "nodev"},
                             std::pair{MS_NOEXEC, "noexec"}, std::pair{MS_RDONLY, "ro"}};
  const bool bind = entry.type == "bind";
  std::vector<std::string> result;
  if (bind) result.emplace_back((entry.flags & MS_REC) != 0 ? "rbind" : "bind");
  for (const auto& [flag, word] : words)
    if ((entry.flags & flag) != 0) result.emplace_back(word);
  if (bind && (entry.flags & MS_RDONLY) != 0) result.back() = "rro";
  if (entry.propagation != 0)
    result.emplace_back(entry.propagation == MS_SLAVE ? "rslave" : "rshared");
  std::istringstream own(entry.data);
  for (std::string word; std::getline(own, word, ',');) result.push_back(word);
  return result;
}

json mounts_of(const oci_config& config) {
  json result = json::array();
  for (const auto& entry : config.mounts)
    if (entry.type != "file")
      result.push_back({{"destination", entry.target},
                        {"type", entry.type},
                        {"source", entry.type == "bind" ? entry.source : entry.type},
                        {"options", options_of(entry)}});
  return result;
}

json nodes_of(const oci_config& config) {
  json result = json::array();
  for (const auto& entry : config.mounts)
    for (const auto& node : entry.nodes)
      if (node.link.empty())
        result.push_back({{"path", fmt::format("{}/{}", entry.target, node.name)},
                          {"type", S_ISBLK(node.mode) ? "b" : "c"},
                          {"major", major(node.device)},
                          {"minor", minor(node.device)},
                          {"fileMode", node.mode & 07777}});
  return result;
}

// --- namespaces, limits ---

json namespaces_of(const oci_config& config) {
  constexpr std::array names{
      std::pair{CLONE_NEWPID, "pid"},  std::pair{CLONE_NEWNET, "network"},
      std::pair{CLONE_NEWNS, "mount"}, std::pair{CLONE_NEWIPC, "ipc"},
      std::pair{CLONE_NEWUTS, "uts"},  std::pair{CLONE_NEWCGROUP, "cgroup"}};
  json result = json::array();
  for (const auto& entry : config.namespaces)
    for (const auto& [flag, name] : names) {
      if (entry.flag != static_cast<std::uint64_t>(flag)) continue;
      result.push_back({{"type", name}});
      if (!entry.path.empty()) result.back()["path"] = entry.path;
    }
  return result;
}

json rules_of(const oci_config& config) {
  json result{{{"allow", false}, {"access", "rwm"}}};
  for (const auto& device : config.devices) {
    json rule{{"allow", true}, {"type", std::string(1, device.type)}};
    if (device.number) rule["major"] = *device.number;
    if (device.minor) rule["minor"] = *device.minor;
    rule["access"] = device.access;
    result.push_back(std::move(rule));
  }
  return result;
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

json blocks_of(const cgroup::limits& most) {
  constexpr std::array keys{"throttleReadBpsDevice", "throttleWriteBpsDevice",
                            "throttleReadIOPSDevice", "throttleWriteIOPSDevice"};
  json result = json::object();
  put(result, "weight", most.io_weight);
  for (const auto& limit : most.io) {
    struct stat info {};
    sys::check("stat", limit.device, [&] { return ::stat(limit.device.c_str(), &info); });
    result[keys.at(static_cast<std::size_t>(limit.of))].push_back(
        {{"major", major(info.st_rdev)},
         {"minor", minor(info.st_rdev)},
         {"rate", number(limit.most)}});
  }
  return result;
}

json resources_of(const oci_config& config) {
  const auto& most = config.limits;
  json memory = json::object(), cpu = json::object(), result;
  put(memory, "limit", most.memory_bytes);
  put(memory, "swap",
      most.memory_swap_bytes ? most.memory_swap_bytes : most.memory_bytes);
  put(memory, "reservation", most.memory_reservation_bytes);
  if (most.cpu_weight) cpu["shares"] = cgroup::shares_of(*most.cpu_weight);
  put(cpu, "quota", most.cpu_quota_us);
  if (most.cpu_quota_us) cpu["period"] = cgroup::cpu_period_us;
  if (most.processors) cpu["cpus"] = cgroup::processors_text(*most.processors);
  if (most.memory_nodes) cpu["mems"] = cgroup::processors_text(*most.memory_nodes);
  result["devices"] = rules_of(config);
  if (!memory.empty()) result["memory"] = memory;
  if (!cpu.empty()) result["cpu"] = cpu;
  if (most.oom_ends_all && most.memory_bytes) result["unified"]["memory.oom.group"] = "1";
  if (most.pids) result["pids"]["limit"] = number(*most.pids);
  if (const json blocks = blocks_of(most); !blocks.empty()) result["blockIO"] = blocks;
  return result;
}

// --- what the specification has no words for ---

const char* word_of_filter(const process& first) {
  const auto& seccomp = first.confinement.seccomp;
  return seccomp == "unconfined" ? "unconfined"
         : seccomp == "default"  ? "default"
                                 : "own";
}

json annotations_of(const oci_config& config) {
  json result = json::object();
  for (const auto& [name, text] : config.annotations) result[name] = text;
  result.update({{"zoomin.layers", image::top_first(config.layers)},
                 {"zoomin.init", config.init ? "true" : "false"},
                 {"zoomin.seccomp", word_of_filter(config.first)}});
  for (const auto& one : config.fills) result["zoomin.fills." + one.target] = one.volume;
  for (const auto& one : config.mounts)
    if (one.type == "file") result["zoomin.file." + one.target] = one.data;
  return result;
}

}  // namespace

std::string text_of(const oci_config& config, const std::string& id) {
  json sysctls = json::object();
  for (const auto& [name, value] : config.sysctls) sysctls[name] = value;
  json result{
      {"ociVersion", version},
      {"process", process_of(config.first)},
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
  if ((config.new_namespaces() & CLONE_NEWUTS) != 0) result["hostname"] = config.hostname;
  return files::json_text(result, 2) + "\n";
}

std::string filter_of(const oci_config& config) {
  const auto& filter = config.first.confinement.filter;
  return {reinterpret_cast<const char*>(filter.data()),
          filter.size() * sizeof(sock_filter)};
}

namespace {

constexpr const char* written_anew = "each start writes it anew: zoomin restart";

template <typename T>
T read(const std::string& config_json, const std::function<T(const json&)>& entry) try {
  return entry(files::parse_own<json>(config_json, "config.json"));
} catch (const json::exception& damaged) {
  throw usage_error(failure_kind::damaged, fmt::format("config.json: {}", damaged.what()),
                    written_anew);
}

std::vector<sock_filter> parse_filter(const std::string& bytes, bool wanted) {
  std::vector<sock_filter> programs(bytes.size() / sizeof(sock_filter));
  if (programs.size() * sizeof(sock_filter) != bytes.size() || programs.empty() == wanted)
    throw usage_error(failure_kind::damaged,
                      "the file filter beside config.json is damaged", written_anew);
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(programs.data()));
  return programs;
}

}  // namespace

std::string hostname_in(const std::string& config_json) {
  return read<std::string>(config_json, [](const json& all) {
    return value<std::string>(all, "hostname", "");
  });
}

exec_config parse_way_in(const std::string& config_json, const std::string& filter) {
  return read<exec_config>(config_json, [&](const json& all) {
    const json& entry = all.at("process");
    process one;
    one.environment = strings(entry, "env");
    one.user = entry.at("user").at("username");
    one.groups = strings(entry.at("user"), "additionalGroups");
    one.directory = entry.at("cwd");
    one.oom_score_adj = entry.at("oomScoreAdj");
    one.confinement.no_new_privileges = entry.at("noNewPrivileges");
    one.confinement.capabilities = strings(entry.at("capabilities"), "bounding");
    one.confinement.seccomp = all.at("annotations").at("zoomin.seccomp");
    one.confinement.filter = parse_filter(filter, one.confinement.seccomp == "own");
    for (const auto& limit : entry.at("rlimits"))
      one.limits.push_back(
          {sys::lower_case(limit.at("type").get<std::string>().substr(of_limits.size())),
           limit.at("soft"), limit.at("hard")});
    const std::string group = all.at("linux").at("cgroupsPath");
    return exec_config{std::move(one), group.substr(0, group.rfind(our_groups))};
  });
}

std::uint64_t oci_config::new_namespaces() const {
  std::uint64_t result = 0;
  for (const auto& one : namespaces)
    if (one.path.empty()) result |= one.flag;
  return result;
}

}  // namespace zoomin::container
