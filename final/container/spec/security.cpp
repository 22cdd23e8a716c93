// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <set>
#include <utility>

#include "03-mnt/target.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"
#include "container/spec/json.hpp"

namespace zoomin::container {

namespace {

// Refuses kernel settings that aren't part of one of the container's own namespaces,
// namespaces(7): such a setting would change the host.
void validate_sysctl(const std::string& name, const container_spec& spec) {
  constexpr std::array<std::string_view, 9> ipc{
      "kernel.msgmax", "kernel.msgmnb",          "kernel.msgmni",
      "kernel.sem",    "kernel.shmall",          "kernel.shmmax",
      "kernel.shmmni", "kernel.shm_rmid_forced", "fs.mqueue."};
  const bool path =
      name.find('/') != std::string::npos || name.find("..") != std::string::npos;
  const bool of_network = name.starts_with("net.") && spec.has_own_network();
  const bool of_ipc =
      spec.shares.ipc.none() && std::ranges::any_of(ipc, [&](const auto known) {
        return known.ends_with('.') ? name.starts_with(known) : name == known;
      });
  if (path || (!of_network && !of_ipc))
    throw usage_error(fmt::format("--sysctl {}: would change the host's setting", name),
                      "supported: net.*, fs.mqueue.* and the kernel.* settings of System "
                      "V IPC, in namespaces of the container's own");
}

// Splits an option into name and value. "seccomp=FILE" and "seccomp:FILE" are the same; a
// single word has no value.
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
    throw usage_error(fmt::format("--security-opt {}: not supported", text),
                      "supported: no-new-privileges, seccomp=unconfined, seccomp=FILE, "
                      "systempaths=unconfined");
}

void read_security_options(const std::vector<std::string>& options, container_spec& to) {
  std::set<std::string> met;
  for (const auto& option : options) {
    const auto name = security_option(option).first;
    if (!met.insert(name).second)
      throw usage_error(fmt::format("--security-opt {} is given twice", name));
    read_security_option(option, to);
  }
}

// Returns whether the text is an access in Docker's form: letters of "rwm", each at most
// once.
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
    throw usage_error(
        fmt::format("--device {}: expected a path below /dev in the container, without "
                    "empty parts, . and ..",
                    sys::quote(path)),
        "expected /dev/NAME[:/dev/NAME][:rwm]");
  if (!is_access(device.access))
    throw usage_error(fmt::format("--device {}:{}: expected some of r, w and m", path,
                                  sys::quote(device.access)));
  return device;
}

namespace_choice read_mode(const json& host, const char* key, const char* flag) {
  const auto mode = value<std::string>(host, key, "");
  namespace_choice choice{.with_host = mode == "host", .with = container_in(mode)};
  const bool known = mode.empty() || mode == "private" || !choice.none();
  if (!known)
    throw usage_error(fmt::format("{} {}: not supported", flag, mode),
                      "supported: host, container:NAME");
  return choice;
}

void read_sharing(json host, container_spec& to) {
  const auto ipc = value<std::string>(host, "IpcMode", "");
  to.shared_memory = ipc != "none";
  if (ipc == "none" || ipc == "shareable")
    host.erase("IpcMode");  // a new namespace, the default
  auto& shares = to.shares;
  shares = {.pid = read_mode(host, "PidMode", "--pid"),
            .ipc = read_mode(host, "IpcMode", "--ipc"),
            .uts = read_mode(host, "UTSMode", "--uts"),
            .cgroup = read_mode(host, "CgroupnsMode", "--cgroupns")};
  const bool own_memory = to.shared_memory && shares.ipc.none();
  if (!own_memory && value<std::uint64_t>(host, "ShmSize", 0) != 0)
    throw usage_error(fmt::format("--shm-size can't be combined with --ipc {}", ipc));
  if (!shares.uts.none() && !to.hostname.empty())
    throw usage_error("--hostname can't be combined with --uts");
}

void read_privileges(const json& host, container_spec& to) {
  to.privileged = value(host, "Privileged", false);
  auto& confinement = to.init_process.confinement;
  auto added = strings(host, "CapAdd");
  if (to.privileged) added.emplace_back("ALL");
  confinement.capabilities = security::capabilities(added, strings(host, "CapDrop"));
  if (!to.privileged) return;
  confinement.seccomp = "unconfined";
  to.masks = false;
}

}  // namespace

void read_security(const json& host, container_spec& to) {
  read_privileges(host, to);
  read_security_options(strings(host, "SecurityOpt"), to);
  read_sharing(host, to);
  for (const auto& entry : value(host, "Devices", json(json::array())))
    to.devices.push_back(parse_device(entry));
  for (const auto& rule : strings(host, "DeviceCgroupRules"))
    to.device_rules.push_back(security::parse_device_rule(rule));
  for (const auto& entry : value(host, "Ulimits", json(json::array())))
    to.init_process.limits.push_back({value<std::string>(entry, "Name", ""),
                                      value<std::uint64_t>(entry, "Soft", 0),
                                      value<std::uint64_t>(entry, "Hard", 0)});
  const json notes = object(host, "Annotations");
  for (const auto& [name, text] : notes.items())
    to.annotations.emplace_back(name, text.get<std::string>());
  const json settings = object(host, "Sysctls");
  for (const auto& [name, text] : settings.items()) {
    validate_sysctl(name, to);
    to.sysctls.emplace_back(name, text.get<std::string>());
  }
  to.init_process.groups = strings(host, "GroupAdd");
}

}  // namespace zoomin::container
