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
#include "cgroup/io.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"
#include "container/runtime/oci_config.hpp"
#include "container/runtime/oci_names.hpp"
#include "container/spec/fields.hpp"

namespace zoomin::container {

namespace {

constexpr const char* version = "1.0.2";  // of the specification

// --- process ---

json limits_of(const process& process) {
  json limits = json::array();
  for (const auto& limit : process.limits)
    limits.push_back(
        {{"type", fmt::format("{}{}", oci::limit_prefix, sys::upper_case(limit.name))},
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

// Returns the user. Names, and the group of a user that is given without a group, are
// looked up later in the container. The specification has only numbers, so for names it
// gets the number of nobody, which a runtime that doesn't look up names uses.
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
  const bool bind = entry.type == "bind";
  std::vector<std::string> options;
  if (bind) options.emplace_back((entry.flags & MS_REC) != 0 ? "rbind" : "bind");
  for (const auto& [flag, name] : oci::mount_flags)
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
  json namespaces = json::array();
  for (const auto& entry : config.namespaces)
    for (const auto& [flag, name] : oci::namespaces) {
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

std::string group_path(const oci_config& config, const std::string& id) {
  const auto& parent = config.cgroup_parent;
  const bool absolute = parent.empty() || parent.starts_with('/');
  return fmt::format("{}{}{}{}", absolute ? "" : "/", parent, oci::our_groups, id);
}

std::int64_t number(std::uint64_t limit) {
  return limit == cgroup::unlimited ? -1 : static_cast<std::int64_t>(limit);
}

void put(json& in, const char* key, const std::optional<std::uint64_t>& limit) {
  if (limit) in[key] = number(*limit);
}

json blocks_of(const cgroup::resources& limits) {
  json block_io = json::object();
  put(block_io, "weight", limits.io_weight);
  for (const auto& device_limit : limits.io) {
    const dev_t device = cgroup::numbers_of(device_limit.device);
    block_io[oci::throttles.at(static_cast<std::size_t>(device_limit.type))].push_back(
        {{"major", major(device)},
         {"minor", minor(device)},
         {"rate", number(device_limit.rate)}});
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
  if (limits.oom_kills_all && limits.memory_bytes)
    resources["unified"]["memory.oom.group"] = "1";
  if (limits.pids) resources["pids"]["limit"] = number(*limits.pids);
  if (const json blocks = blocks_of(limits); !blocks.empty())
    resources["blockIO"] = blocks;
  return resources;
}

// --- annotations ---

const char* filter_name(const process& process) {
  const auto& seccomp = process.confinement.seccomp;
  return seccomp == "unconfined" ? "unconfined"
         : seccomp == "default"  ? "default"
                                 : "own";
}

// Returns the layers in the form of mount(2)'s option "lowerdir", the topmost one first.
std::string layers_text(const std::vector<std::string>& layers) {
  std::string text;
  const std::vector<std::string> top_first(layers.rbegin(), layers.rend());
  for (const auto& layer : top_first) {
    if (!text.empty()) text += ':';
    for (const char c : layer) {
      if (c == ':' || c == '\\') text += '\\';
      text += c;
    }
  }
  return text;
}

json annotations_of(const oci_config& config) {
  json annotations = json::object();
  for (const auto& [name, text] : config.annotations)
    if (!name.starts_with(oci::own_prefix)) annotations[name] = text;
  annotations.update({{"zoomin.layers", layers_text(config.layers)},
                      {"zoomin.init", config.init ? "true" : "false"},
                      {"zoomin.stdin", config.init_process.has_input ? "true" : "false"},
                      {"zoomin.seccomp", filter_name(config.init_process)}});
  if (config.limits.pids_where_possible) annotations["zoomin.pids"] = "where possible";
  if (!config.shared_memory.empty())
    annotations["zoomin.shared_memory"] = config.shared_memory;
  for (const auto& fill : config.fills)
    annotations[std::string(oci::fills_prefix) + fill.target] = fill.volume;
  for (const auto& entry : config.mounts)
    if (entry.type == "file")
      annotations[std::string(oci::file_prefix) + entry.target] = entry.data;
  return annotations;
}

}  // namespace

std::string text_of(const oci_config& config, const std::string& id) {
  json sysctls = json::object();
  for (const auto& [name, value] : config.sysctls) sysctls[name] = value;
  json document{{"ociVersion", version},
                {"process", process_of(config.init_process)},
                {"root",
                 {{"path", fmt::format("{}{}", config.writable, oci::root_name)},
                  {"readonly", config.read_only}}},
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

std::uint64_t oci_config::new_namespaces() const {
  std::uint64_t flags = 0;
  for (const auto& entry : namespaces)
    if (entry.path.empty()) flags |= entry.flag;
  return flags;
}

}  // namespace zoomin::container
