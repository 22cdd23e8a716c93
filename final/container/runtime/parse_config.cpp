// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <functional>
#include <string_view>
#include <utility>

#include "base/json.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"
#include "container/runtime/mount_table.hpp"
#include "container/runtime/oci_config.hpp"
#include "container/runtime/oci_names.hpp"
#include "container/spec/fields.hpp"

namespace zoomin::container {

namespace {

constexpr const char* restart_hint =
    "each start writes the file again; run `zoomin restart`";

template <typename T>
T read(const std::string& config_json, const std::function<T(const json&)>& entry) try {
  return entry(base::parse_own<json>(config_json, "config.json"));
} catch (const json::exception& damaged) {
  throw usage_error(failure_kind::damaged, fmt::format("config.json: {}", damaged.what()),
                    restart_hint);
}

std::string annotation(const json& config, const char* name,
                       const std::string& default_value = {}) {
  return value(object(config, "annotations"), name, default_value);
}

// --- process ---

std::vector<sock_filter> parse_filter(const std::string& bytes, bool required) {
  std::vector<sock_filter> programs(bytes.size() / sizeof(sock_filter));
  if (programs.size() * sizeof(sock_filter) != bytes.size() ||
      programs.empty() == required)
    throw usage_error(failure_kind::damaged,
                      "the file filter beside config.json is damaged", restart_hint);
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(programs.data()));
  return programs;
}

security::confinement confinement_in(const json& config, const std::string& filter) {
  const json& entry = config.at("process");
  security::confinement confinement;
  confinement.no_new_privileges = value(entry, "noNewPrivileges", false);
  confinement.capabilities = strings(object(entry, "capabilities"), "bounding");
  confinement.seccomp = annotation(config, "zoomin.seccomp", "default");
  confinement.filter = parse_filter(filter, confinement.seccomp == "own");
  return confinement;
}

std::vector<security::rlimit> limits_in(const json& entry) {
  std::vector<security::rlimit> limits;
  for (const auto& limit : value(entry, "rlimits", json(json::array()))) {
    const std::string name = limit.at("type");
    limits.push_back({sys::lower_case(name.substr(oci::limit_prefix.size())),
                      limit.at("soft"), limit.at("hard")});
  }
  return limits;
}

// Splits cgroupsPath, "PARENT/zoomin/ID".
std::pair<std::string, std::string> group_in(const json& config) {
  const std::string path = config.at("linux").at("cgroupsPath");
  const auto end = path.rfind(oci::our_groups);
  return {path.substr(0, end), path.substr(end + oci::our_groups.size())};
}

process process_in(const json& config, const std::string& filter) {
  const json& entry = config.at("process");
  const json& user = entry.at("user");
  process process;
  process.command = strings(entry, "args");
  process.environment = strings(entry, "env");
  process.user = user.at("username");
  process.groups = strings(user, "additionalGroups");
  process.directory = entry.at("cwd");
  process.keyring = group_in(config).second;
  process.terminal = value(entry, "terminal", false);
  process.has_input = annotation(config, "zoomin.stdin") == "true";
  const json size = object(entry, "consoleSize");
  process.size.rows = value<unsigned short>(size, "height", 0);
  process.size.columns = value<unsigned short>(size, "width", 0);
  process.oom_score_adj = value(entry, "oomScoreAdj", 0);
  process.confinement = confinement_in(config, filter);
  process.limits = limits_in(entry);
  return process;
}

// --- mounts ---

void read_option(const std::string& option, mnt::mount_entry& to) {
  const auto is = [&](const auto& named) { return option == named.second; };
  const auto* const flag = std::ranges::find_if(oci::mount_flags, is);
  if (flag != oci::mount_flags.end()) {
    to.flags |= flag->first;
  } else if (to.type == "bind" && option.ends_with("bind")) {
    to.flags |= option == "rbind" ? MS_REC : 0;
  } else if (option == "rro") {
    to.flags |= MS_RDONLY;
  } else if (option == "rslave" || option == "rshared") {
    to.propagation = option == "rslave" ? MS_SLAVE : MS_SHARED;
  } else {
    to.data += (to.data.empty() ? "" : ",") + option;
  }
}

mnt::mount_entry mount_in(const json& entry) {
  mnt::mount_entry mount{.type = entry.at("type"), .target = entry.at("destination")};
  if (mount.type == "bind") mount.source = entry.at("source");
  for (const auto& option : strings(entry, "options")) read_option(option, mount);
  return mount;
}

// Returns the mounts of files whose content is in config.json, such as /etc/hosts.
std::vector<mnt::mount_entry> files_in(const json& config) {
  std::vector<mnt::mount_entry> files;
  const json annotations = object(config, "annotations");
  for (const auto& [name, text] : annotations.items())
    if (name.starts_with(oci::file_prefix))
      files.push_back({.type = "file",
                       .target = name.substr(oci::file_prefix.size()),
                       .data = text.get<std::string>()});
  return files;
}

mnt::node node_in(const json& entry, const std::string& name) {
  const mode_t type = entry.at("type") == "b" ? S_IFBLK : S_IFCHR;
  return {.name = name,
          .device = makedev(entry.at("major").get<unsigned>(),
                            entry.at("minor").get<unsigned>()),
          .mode = type | entry.at("fileMode").get<mode_t>()};
}

// Adds the device nodes to the mount of /dev, in which they are created.
void read_nodes(const json& config, mnt::mount_entry& to) {
  const std::string directory = to.target + "/";
  for (const auto& entry : value(config.at("linux"), "devices", json(json::array()))) {
    const std::string path = entry.at("path");
    if (path.starts_with(directory))
      to.nodes.push_back(node_in(entry, path.substr(directory.size())));
  }
}

std::vector<mnt::mount_entry> mounts_in(const json& config) {
  std::vector<mnt::mount_entry> mounts;
  for (const auto& entry : config.at("mounts")) {
    mounts.push_back(mount_in(entry));
    if (mounts.back().type != "tmpfs" || mounts.back().target != "/dev") continue;
    read_nodes(config, mounts.back());
    add_standard_links(mounts.back());
    // The files are created in the new /dev, so they follow it directly.
    for (auto& file : files_in(config)) mounts.push_back(std::move(file));
  }
  return mounts;
}

std::vector<filled_volume> fills_in(const json& config) {
  std::vector<filled_volume> fills;
  const json annotations = object(config, "annotations");
  for (const auto& [name, volume] : annotations.items())
    if (name.starts_with(oci::fills_prefix))
      fills.push_back({volume, name.substr(oci::fills_prefix.size())});
  return fills;
}

// Splits "TOP:MIDDLE:BOTTOM", in which a backslash escapes the next character. Returns
// the lowest layer first.
std::vector<std::string> layers_in(const std::string& text) {
  std::vector<std::string> layers(text.empty() ? 0 : 1);
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == ':')
      layers.emplace_back();
    else
      layers.back() += text[at] == '\\' && at + 1 < text.size() ? text[++at] : text[at];
  }
  std::ranges::reverse(layers);
  return layers;
}

// --- namespaces, limits ---

std::vector<namespace_entry> namespaces_in(const json& entries) {
  std::vector<namespace_entry> namespaces;
  for (const auto& entry : entries)
    for (const auto& [flag, name] : oci::namespaces)
      if (entry.at("type") == name)
        namespaces.push_back(
            {static_cast<std::uint64_t>(flag), value<std::string>(entry, "path", "")});
  return namespaces;
}

std::optional<std::uint64_t> limit_in(const json& entry, const char* key) {
  const auto found = entry.find(key);
  if (found == entry.end()) return std::nullopt;
  return *found == -1 ? cgroup::unlimited : found->get<std::uint64_t>();
}

void read_block_io(const json& entry, cgroup::resources& limits) {
  limits.io_weight = limit_in(entry, "weight");
  for (std::size_t kind = 0; kind < oci::throttles.size(); ++kind)
    for (const auto& device : value(entry, oci::throttles.at(kind), json(json::array())))
      limits.io.push_back({fmt::format("{}:{}", device.at("major").get<unsigned>(),
                                       device.at("minor").get<unsigned>()),
                           static_cast<cgroup::io_limit::kind>(kind),
                           *limit_in(device, "rate")});
}

void read_memory(const json& resources, cgroup::resources& limits) {
  const json memory = object(resources, "memory");
  limits.memory_bytes = limit_in(memory, "limit");
  limits.memory_swap_bytes = limit_in(memory, "swap");
  if (limits.memory_swap_bytes == limits.memory_bytes) limits.memory_swap_bytes.reset();
  limits.memory_reservation_bytes = limit_in(memory, "reservation");
  limits.oom_kills_all = object(resources, "unified").contains("memory.oom.group");
}

void read_cpu(const json& cpu, cgroup::resources& limits) {
  if (const auto shares = limit_in(cpu, "shares"))
    limits.cpu_weight = cgroup::weight_of(*shares);
  limits.cpu_quota_us = limit_in(cpu, "quota");
  if (cpu.contains("cpus"))
    limits.processors = cgroup::processors_of(cpu["cpus"].get<std::string>());
  if (cpu.contains("mems"))
    limits.memory_nodes = cgroup::processors_of(cpu["mems"].get<std::string>());
}

cgroup::resources resources_in(const json& config) {
  const json resources = object(config.at("linux"), "resources");
  cgroup::resources limits;
  read_memory(resources, limits);
  read_cpu(object(resources, "cpu"), limits);
  limits.pids = limit_in(object(resources, "pids"), "limit");
  limits.pids_where_possible = !annotation(config, "zoomin.pids").empty();
  read_block_io(object(resources, "blockIO"), limits);
  return limits;
}

std::vector<security::device_rule> devices_in(const json& config) {
  std::vector<security::device_rule> devices;
  const json resources = object(config.at("linux"), "resources");
  for (const auto& rule : resources.at("devices")) {
    if (!rule.at("allow").get<bool>()) continue;
    security::device_rule device{.type = value<std::string>(rule, "type", "a").at(0),
                                 .access = rule.at("access")};
    if (rule.contains("major")) device.number = rule["major"].get<std::uint32_t>();
    if (rule.contains("minor")) device.minor = rule["minor"].get<std::uint32_t>();
    devices.push_back(std::move(device));
  }
  return devices;
}

std::vector<std::pair<std::string, std::string>> pairs_in(const json& entry) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const auto& [name, text] : entry.items())
    if (!name.starts_with(oci::own_prefix)) pairs.emplace_back(name, text);
  return pairs;
}

oci_config config_in(const json& config, const std::string& filter) {
  const json& kernel = config.at("linux");
  const std::string root = config.at("root").at("path");
  return {.init_process = process_in(config, filter),
          .init = annotation(config, "zoomin.init") == "true",
          .hostname = value<std::string>(config, "hostname", ""),
          .namespaces = namespaces_in(kernel.at("namespaces")),
          .shared_memory = annotation(config, "zoomin.shared_memory"),
          .layers = layers_in(annotation(config, "zoomin.layers")),
          .writable = root.substr(0, root.size() - oci::root_name.size()),
          .read_only = value(config.at("root"), "readonly", false),
          .mounts = mounts_in(config),
          .fills = fills_in(config),
          .cgroup_parent = group_in(config).first,
          .limits = resources_in(config),
          .devices = devices_in(config),
          .hidden = {strings(kernel, "maskedPaths"), strings(kernel, "readonlyPaths")},
          .sysctls = pairs_in(object(kernel, "sysctl")),
          .annotations = pairs_in(object(config, "annotations"))};
}

}  // namespace

std::string hostname_in(const std::string& config_json) {
  return read<std::string>(config_json, [](const json& config) {
    return value<std::string>(config, "hostname", "");
  });
}

oci_config parse_config(const std::string& config_json, const std::string& filter) {
  return read<oci_config>(config_json,
                          [&](const json& config) { return config_in(config, filter); });
}

}  // namespace zoomin::container
