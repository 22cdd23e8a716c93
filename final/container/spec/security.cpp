// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "03-mnt/target.hpp"
#include "base/field_error.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"
#include "common/text.hpp"
#include "container/spec/fields.hpp"

namespace zoomin::container {

namespace {

// Throws field_error for a kernel setting that isn't part of one of the container's own
// namespaces, namespaces(7), because it would change the host.
void validate_sysctl(const std::string& name, const container_spec& spec) {
  constexpr std::array<std::string_view, 9> ipc{
      "kernel.msgmax", "kernel.msgmnb",          "kernel.msgmni",
      "kernel.sem",    "kernel.shmall",          "kernel.shmmax",
      "kernel.shmmni", "kernel.shm_rmid_forced", "fs.mqueue."};
  const bool path =
      name.find('/') != std::string::npos || name.find("..") != std::string::npos;
  const bool of_network = name.starts_with("net.") && spec.has_own_network();
  const bool of_ipc =
      spec.shares.ipc.is_private() && std::ranges::any_of(ipc, [&](const auto known) {
        return known.ends_with('.') ? name.starts_with(known) : name == known;
      });
  if (path || (!of_network && !of_ipc))
    throw base::field_error(
        "HostConfig.Sysctls", fmt::format("{}: would change the host's setting", name),
        "supported: net.*, fs.mqueue.* and the kernel.* settings of System "
        "V IPC, in namespaces of the container's own");
}

// Splits an option into name and value. "seccomp=FILE" and "seccomp:FILE" are equivalent;
// a single word has no value.
std::pair<std::string, std::string> security_option(const std::string& text) {
  const auto mark = text.find_first_of("=:");
  if (mark == std::string::npos) return {text, ""};
  return {text.substr(0, mark), text.substr(mark + 1)};
}

void read_security_option(const std::string& text, container_spec& to) {
  const auto [name, value] = security_option(text);
  auto& confinement = to.init_process.confinement;
  if (name == "no-new-privileges" && (value.empty() || value == "true"))
    confinement.no_new_privileges = true;
  else if (name == "seccomp" && value == "builtin")
    confinement.seccomp = "default";
  else if (name == "seccomp" && (value == "unconfined" || value.starts_with('{')))
    confinement.seccomp = value;
  else if (name == "systempaths" && value == "unconfined")
    to.masks = false;
  else if (text != "no-new-privileges=false" && text != "no-new-privileges:false" &&
           text != "apparmor=unconfined" && text != "label=disable")
    throw base::field_error(
        "HostConfig.SecurityOpt", fmt::format("{}: not supported", text),
        "supported: no-new-privileges, seccomp=unconfined, seccomp=FILE, "
        "systempaths=unconfined");
}

// Puts an option into the request. The path of a seccomp profile is replaced by the
// content of the file.
void put_security_option(std::string_view flag, const std::string& text, json& target) {
  constexpr std::string_view prefix = "seccomp=";
  const std::string path = text.starts_with(prefix) ? text.substr(prefix.size()) : "";
  if (path.empty() || path == "unconfined" || path == "builtin")
    return target.push_back(text);
  if (!sys::exists(path))
    throw usage_error(fmt::format("{} {}: no such file", flag, text));
  const std::string profile = sys::read_file(path);
  const auto begin = profile.find_first_not_of(" \t\r\n\xef\xbb\xbf");
  if (begin == std::string::npos || profile[begin] != '{')
    throw usage_error(fmt::format("{} {}: not a JSON seccomp profile", flag, text));
  target.push_back(std::string(prefix) + profile.substr(begin));
}

void read_security_options(const std::vector<std::string>& options, container_spec& to) {
  std::set<std::string> seen;
  for (const auto& option : options) {
    const auto name = security_option(option).first;
    if (!seen.insert(name).second)
      throw base::field_error("HostConfig.SecurityOpt",
                              fmt::format("{} is given twice", name));
    read_security_option(option, to);
  }
}

// Returns true if the text is a device access in Docker's form: letters of "rwm", each at
// most once.
bool is_access(const std::string& text) {
  std::string letters = "rwm";
  for (const char letter : text)
    if (const auto at = letters.find(letter); at != std::string::npos)
      letters.erase(at, 1);
    else
      return false;
  return !text.empty();
}

device parse_device(const json& from) {
  device device{value<std::string>(from, "PathOnHost", ""),
                value<std::string>(from, "PathInContainer", ""),
                value<std::string>(from, "CgroupPermissions", "rwm")};
  const auto& path = device.container_path;
  const std::string above = "/dev/";
  if (!path.starts_with(above) || !mnt::leads_down(path.substr(above.size())))
    throw base::field_error(
        "HostConfig.Devices",
        fmt::format("{}: expected a path below /dev in the container, without "
                    "empty parts, . and ..",
                    sys::quote(path)),
        "expected /dev/NAME[:/dev/NAME][:rwm]");
  if (!is_access(device.access))
    throw base::field_error("HostConfig.Devices",
                            fmt::format("{}:{}: expected some of r, w and m", path,
                                        sys::quote(device.access)));
  return device;
}

void put_device(std::string_view flag, const std::string& text, json& target) {
  const auto expected = [&] {
    return usage_error(fmt::format("{} {}: expected /dev/NAME[:/dev/NAME][:rwm]", flag,
                                   sys::quote(text)));
  };
  if (!text.starts_with("/dev/")) throw expected();
  auto parts = text::split(text, ':');
  if (parts.size() == 1 || !parts[1].starts_with('/'))
    parts.insert(parts.begin() + 1, parts[0]);
  if (parts.size() == 2) parts.emplace_back("rwm");
  if (parts.size() > 3 || std::ranges::count(parts, std::string()) > 0) throw expected();
  if (!sys::exists(parts[0]))
    throw usage_error(fmt::format("{} {}: no such device: {}", flag, text, parts[0]));
  target.push_back({{"PathOnHost", parts[0]},
                    {"PathInContainer", parts[1]},
                    {"CgroupPermissions", parts[2]}});
}

void read_devices(const json& values, container_spec& to) {
  for (const auto& entry : values) to.devices.push_back(parse_device(entry));
}

void read_device_rules(const json& values, container_spec& to) {
  for (const std::string rule : values)
    to.device_rules.push_back(security::parse_device_rule(rule));
}

void put_ulimit(std::string_view, const std::string& text, json& target) {
  const auto limit = security::parse_rlimit(text);
  target.push_back({{"Name", limit.name}, {"Soft", limit.soft}, {"Hard", limit.hard}});
}

void read_ulimits(const json& values, container_spec& to) {
  for (const auto& entry : values)
    to.init_process.limits.push_back({value<std::string>(entry, "Name", ""),
                                      value<std::uint64_t>(entry, "Soft", 0),
                                      value<std::uint64_t>(entry, "Hard", 0)});
}

namespace_choice parse_mode(const char* setting, const std::string& mode) {
  namespace_choice choice{.with_host = mode == "host",
                          .with_container = container_in(mode)};
  if (!mode.empty() && mode != "private" && choice.is_private())
    throw usage_error(fmt::format("{} {}: not supported", setting, mode),
                      "supported: host, container:NAME");
  return choice;
}

void read_pid_mode(const json& value, container_spec& to) {
  to.shares.pid = parse_mode("HostConfig.PidMode", value);
}

void read_ipc_mode(const json& value, container_spec& to) {
  to.shared_memory = value != "none";
  // "none" and "shareable" stand for a new namespace, which is the default.
  if (value != "none" && value != "shareable")
    to.shares.ipc = parse_mode("HostConfig.IpcMode", value);
}

void read_uts_mode(const json& value, container_spec& to) {
  to.shares.uts = parse_mode("HostConfig.UTSMode", value);
}

void read_cgroup_mode(const json& value, container_spec& to) {
  to.shares.cgroup = parse_mode("HostConfig.CgroupnsMode", value);
}

void read_user_mode(const json& value, container_spec&) {
  const auto& mode = value.get_ref<const std::string&>();
  if (!mode.empty() && mode != "host")
    throw base::field_error("HostConfig.UsernsMode", mode + ": not supported");
}

using enum kind;

constexpr field security_fields[]{
    {"--cap-add", 0, list, "/HostConfig/CapAdd", "add a Linux capability: NET_ADMIN, ALL",
     "null"},
    {"--cap-drop", 0, list, "/HostConfig/CapDrop", "drop a Linux capability", "null"},
    {"--security-opt", 0, list, "/HostConfig/SecurityOpt",
     "no-new-privileges or seccomp=unconfined|PROFILE.json", "null", nullptr,
     put_security_option},
    {"--privileged", 0, toggle, "/HostConfig/Privileged",
     "give extended privileges to this container", "false",
     into<&container_spec::privileged>},
    {"--sysctl", 0, pairs, "/HostConfig/Sysctls", "sysctl options: NAME=VALUE", "",
     into_pairs<&container_spec::sysctls>},
    {"--pid", 0, text, "/HostConfig/PidMode",
     "PID namespace to use: host or container:NAME", R"("")", read_pid_mode},
    {"--ipc", 0, text, "/HostConfig/IpcMode",
     "IPC mode to use: host, none, private or container:NAME", R"("private")",
     read_ipc_mode},
    {"--uts", 0, text, "/HostConfig/UTSMode",
     "UTS namespace to use: host or container:NAME", R"("")", read_uts_mode},
    {"--cgroupns", 0, text, "/HostConfig/CgroupnsMode",
     "cgroup namespace: host, private or container:NAME", R"("private")",
     read_cgroup_mode},
    {"--userns", 0, text, "/HostConfig/UsernsMode",
     "user namespace to use (only host is supported)", R"("")", read_user_mode},
    shared_with_build({"--ulimit", 0, list, "/HostConfig/Ulimits",
                       "ulimit options: nofile=1024:4096", "null", read_ulimits,
                       put_ulimit}),
    {"--device", 0, list, "/HostConfig/Devices",
     "add a host device: /dev/NAME[:/dev/NAME][:rwm]", "[]", read_devices, put_device},
    {"--device-cgroup-rule", 0, list, "/HostConfig/DeviceCgroupRules",
     "add a rule to the allowed devices: c 10:200 rwm", "null", read_device_rules}};

void finish_privileges(const json& host, container_spec& to) {
  auto& confinement = to.init_process.confinement;
  auto added = strings(host, "CapAdd");
  if (to.privileged) added.emplace_back("ALL");
  confinement.capabilities = security::capabilities(added, strings(host, "CapDrop"));
  if (!to.privileged) return;
  confinement.seccomp = "unconfined";
  to.masks = false;
}

void finish_security(const json& request, container_spec& to) {
  const json host = object(request, "HostConfig");
  finish_privileges(host, to);
  read_security_options(strings(host, "SecurityOpt"), to);
  const bool own_memory = to.shared_memory && to.shares.ipc.is_private();
  if (!own_memory && value<std::uint64_t>(host, "ShmSize", 0) != 0)
    throw base::field_error("HostConfig.ShmSize",
                            fmt::format("can't be combined with HostConfig.IpcMode {}",
                                        value<std::string>(host, "IpcMode", "")));
  if (!to.shares.uts.is_private() && !to.hostname.empty())
    throw base::field_error("Config.Hostname",
                            "can't be combined with HostConfig.UTSMode");
  for (const auto& [name, text] : to.sysctls) validate_sysctl(name, to);
}

}  // namespace

constinit const subject security_subject{security_fields, finish_security};

}  // namespace zoomin::container
