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
  json all = json::array();
  for (const auto& one : first.limits)
    all.push_back({{"type", fmt::format("{}{}", of_limits, sys::upper_case(one.name))},
                   {"soft", one.soft},
                   {"hard", one.hard}});
  return all;
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
  json one{{"terminal", first.terminal},
           {"user", user_of(first)},
           {"args", first.command},
           {"env", first.environment},
           {"cwd", first.directory},
           {"rlimits", limits_of(first)},
           {"noNewPrivileges", first.confinement.no_new_privileges},
           {"oomScoreAdj", first.oom_score_adj}};
  for (const char* set : {"bounding", "effective", "permitted"})
    one["capabilities"][set] = first.confinement.capabilities;
  if (first.terminal)
    one["consoleSize"] = {{"height", first.size.rows}, {"width", first.size.columns}};
  return one;
}

// --- what is mounted ---

std::vector<std::string> options_of(const mnt::place& one) {
  constexpr std::array words{std::pair{MS_NOSUID, "nosuid"}, std::pair{MS_NODEV, "nodev"},
                             std::pair{MS_NOEXEC, "noexec"}, std::pair{MS_RDONLY, "ro"}};
  const bool bind = one.type == "bind";
  std::vector<std::string> all;
  if (bind) all.emplace_back((one.flags & MS_REC) != 0 ? "rbind" : "bind");
  for (const auto& [flag, word] : words)
    if ((one.flags & flag) != 0) all.emplace_back(word);
  if (bind && (one.flags & MS_RDONLY) != 0) all.back() = "rro";
  if (one.propagation != 0)
    all.emplace_back(one.propagation == MS_SLAVE ? "rslave" : "rshared");
  std::istringstream own(one.data);
  for (std::string word; std::getline(own, word, ',');) all.push_back(word);
  return all;
}

json mounts_of(const config& what) {
  json all = json::array();
  for (const auto& one : what.mounts)
    if (one.type != "file")
      all.push_back({{"destination", one.target},
                     {"type", one.type},
                     {"source", one.type == "bind" ? one.source : one.type},
                     {"options", options_of(one)}});
  return all;
}

json nodes_of(const config& what) {
  json all = json::array();
  for (const auto& place : what.mounts)
    for (const auto& one : place.nodes)
      if (one.link.empty())
        all.push_back({{"path", fmt::format("{}/{}", place.target, one.name)},
                       {"type", S_ISBLK(one.mode) ? "b" : "c"},
                       {"major", major(one.device)},
                       {"minor", minor(one.device)},
                       {"fileMode", one.mode & 07777}});
  return all;
}

// --- namespaces, limits ---

json namespaces_of(const config& what) {
  constexpr std::array names{
      std::pair{CLONE_NEWPID, "pid"},  std::pair{CLONE_NEWNET, "network"},
      std::pair{CLONE_NEWNS, "mount"}, std::pair{CLONE_NEWIPC, "ipc"},
      std::pair{CLONE_NEWUTS, "uts"},  std::pair{CLONE_NEWCGROUP, "cgroup"}};
  json all = json::array();
  for (const auto& one : what.namespaces)
    for (const auto& [flag, name] : names) {
      if (one.flag != static_cast<std::uint64_t>(flag)) continue;
      all.push_back({{"type", name}});
      if (!one.path.empty()) all.back()["path"] = one.path;
    }
  return all;
}

json rules_of(const config& what) {
  json all{{{"allow", false}, {"access", "rwm"}}};
  for (const auto& one : what.devices) {
    json rule{{"allow", true}, {"type", std::string(1, one.type)}};
    if (one.number) rule["major"] = *one.number;
    if (one.minor) rule["minor"] = *one.minor;
    rule["access"] = one.access;
    all.push_back(std::move(rule));
  }
  return all;
}

constexpr std::string_view our_groups = "/zoomin/";

std::string group_path(const config& what, const std::string& id) {
  const auto& parent = what.cgroup_parent;
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
  json all = json::object();
  put(all, "weight", most.io_weight);
  for (const auto& one : most.io) {
    struct stat is {};
    sys::check("stat", one.device, [&] { return ::stat(one.device.c_str(), &is); });
    all[keys.at(static_cast<std::size_t>(one.of))].push_back(
        {{"major", major(is.st_rdev)},
         {"minor", minor(is.st_rdev)},
         {"rate", number(one.most)}});
  }
  return all;
}

json resources_of(const config& what) {
  const auto& most = what.limits;
  json memory = json::object(), cpu = json::object(), all;
  put(memory, "limit", most.memory_bytes);
  put(memory, "swap",
      most.memory_swap_bytes ? most.memory_swap_bytes : most.memory_bytes);
  put(memory, "reservation", most.memory_reservation_bytes);
  if (most.cpu_weight) cpu["shares"] = cgroup::shares_of(*most.cpu_weight);
  put(cpu, "quota", most.cpu_quota_us);
  if (most.cpu_quota_us) cpu["period"] = cgroup::cpu_period_us;
  if (most.processors) cpu["cpus"] = cgroup::processors_text(*most.processors);
  if (most.memory_nodes) cpu["mems"] = cgroup::processors_text(*most.memory_nodes);
  all["devices"] = rules_of(what);
  if (!memory.empty()) all["memory"] = memory;
  if (!cpu.empty()) all["cpu"] = cpu;
  if (most.oom_ends_all && most.memory_bytes) all["unified"]["memory.oom.group"] = "1";
  if (most.pids) all["pids"]["limit"] = number(*most.pids);
  if (const json blocks = blocks_of(most); !blocks.empty()) all["blockIO"] = blocks;
  return all;
}

// --- what the specification has no words for ---

const char* word_of_filter(const process& first) {
  const auto& seccomp = first.confinement.seccomp;
  return seccomp == "unconfined" ? "unconfined"
         : seccomp == "default"  ? "default"
                                 : "own";
}

json annotations_of(const config& what) {
  json all = json::object();
  for (const auto& [name, text] : what.annotations) all[name] = text;
  all.update({{"zoomin.layers", image::top_first(what.layers)},
              {"zoomin.init", what.init ? "true" : "false"},
              {"zoomin.seccomp", word_of_filter(what.first)}});
  for (const auto& one : what.fills) all["zoomin.fills." + one.target] = one.volume;
  for (const auto& one : what.mounts)
    if (one.type == "file") all["zoomin.file." + one.target] = one.data;
  return all;
}

}  // namespace

std::string text_of(const config& one, const std::string& id) {
  json sysctls = json::object();
  for (const auto& [name, value] : one.sysctls) sysctls[name] = value;
  json all{{"ociVersion", version},
           {"process", process_of(one.first)},
           {"root", {{"path", one.writable + "/merged"}, {"readonly", one.read_only}}},
           {"mounts", mounts_of(one)},
           {"linux",
            {{"namespaces", namespaces_of(one)},
             {"cgroupsPath", group_path(one, id)},
             {"resources", resources_of(one)},
             {"devices", nodes_of(one)},
             {"sysctl", sysctls},
             {"maskedPaths", one.hidden.masked},
             {"readonlyPaths", one.hidden.read_only}}},
           {"annotations", annotations_of(one)}};
  if ((one.new_namespaces() & CLONE_NEWUTS) != 0) all["hostname"] = one.hostname;
  return files::json_text(all, 2) + "\n";
}

std::string filter_of(const config& one) {
  const auto& filter = one.first.confinement.filter;
  return {reinterpret_cast<const char*>(filter.data()),
          filter.size() * sizeof(sock_filter)};
}

namespace {

constexpr const char* written_anew = "each start writes it anew: zoomin restart";

template <typename T>
T read(const std::string& config_json, const std::function<T(const json&)>& what) try {
  return what(files::parse_own<json>(config_json, "config.json"));
} catch (const json::exception& damaged) {
  throw usage_error(failure_kind::damaged, fmt::format("config.json: {}", damaged.what()),
                    written_anew);
}

std::vector<sock_filter> parse_filter(const std::string& bytes, bool wanted) {
  std::vector<sock_filter> all(bytes.size() / sizeof(sock_filter));
  if (all.size() * sizeof(sock_filter) != bytes.size() || all.empty() == wanted)
    throw usage_error(failure_kind::damaged,
                      "the file filter beside config.json is damaged", written_anew);
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(all.data()));
  return all;
}

}  // namespace

std::string hostname_in(const std::string& config_json) {
  return read<std::string>(config_json, [](const json& all) {
    return value<std::string>(all, "hostname", "");
  });
}

way_in parse_way_in(const std::string& config_json, const std::string& filter) {
  return read<way_in>(config_json, [&](const json& all) {
    const json& of = all.at("process");
    process one;
    one.environment = strings(of, "env");
    one.user = of.at("user").at("username");
    one.groups = strings(of.at("user"), "additionalGroups");
    one.directory = of.at("cwd");
    one.oom_score_adj = of.at("oomScoreAdj");
    one.confinement.no_new_privileges = of.at("noNewPrivileges");
    one.confinement.capabilities = strings(of.at("capabilities"), "bounding");
    one.confinement.seccomp = all.at("annotations").at("zoomin.seccomp");
    one.confinement.filter = parse_filter(filter, one.confinement.seccomp == "own");
    for (const auto& limit : of.at("rlimits"))
      one.limits.push_back(
          {sys::lower_case(limit.at("type").get<std::string>().substr(of_limits.size())),
           limit.at("soft"), limit.at("hard")});
    const std::string group = all.at("linux").at("cgroupsPath");
    return way_in{std::move(one), group.substr(0, group.rfind(our_groups))};
  });
}

}  // namespace zoomin::container
