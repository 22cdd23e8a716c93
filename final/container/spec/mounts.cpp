// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/mount.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>
#include <string_view>
#include <utility>

#include "04-cgroups/limits.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"
#include "container/spec/json.hpp"
#include "volume/volume.hpp"

namespace zoomin::container {

namespace {

using kind = requested_mount::kind;

std::vector<std::string> split(const std::string& text, char mark) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, mark);) parts.push_back(part);
  return parts;
}

// Returns the mount propagation, mount_namespaces(7). A bind always includes the mounts
// below it, so the forms without "r" have the same effect.
std::string propagation_of(const std::string& flag, const std::string& word) {
  if (word == "private" || word == "rprivate") return {};
  if (word == "slave" || word == "rslave") return "rslave";
  if (word == "shared" || word == "rshared") return "rshared";
  throw usage_error(fmt::format("{}: invalid propagation {}", flag, sys::quote(word)),
                    "expected rprivate, private, rslave, slave, rshared or shared");
}

// The options of -v. Options of the same group exclude each other. Like Docker it accepts
// SELinux labels (z, Z) without SELinux, and the consistency modes of Docker for Mac
// (cached, delegated, consistent), without effect.
constexpr std::array<std::pair<std::string_view, int>, 14> volume_options{
    {{"ro", 0},
     {"rw", 0},
     {"z", 1},
     {"Z", 1},
     {"cached", 2},
     {"delegated", 2},
     {"consistent", 2},
     {"nocopy", 3},
     {"private", 4},
     {"rprivate", 4},
     {"slave", 4},
     {"rslave", 4},
     {"shared", 4},
     {"rshared", 4}}};
constexpr int group_of_nocopy = 3, group_of_propagation = 4;

void apply_volume_options(const std::string& text, requested_mount& to) {
  std::map<int, std::string> seen;
  const auto refuse = [&](const std::string& why) {
    throw usage_error(
        fmt::format("--volume ...:{}: {}", text, why),
        "supported: ro, rw, z, Z, cached, delegated, consistent, nocopy, rprivate, "
        "rslave, rshared");
  };
  if (text.empty() || text.ends_with(',')) refuse("an option is empty");
  for (const auto& option : split(text, ',')) {
    const auto* const found = std::ranges::find_if(
        volume_options, [&](auto& known) { return known.first == option; });
    if (found == volume_options.end())
      refuse(fmt::format("{} is not supported", sys::quote(option)));
    const auto [at, is_new] = seen.emplace(found->second, option);
    if (!is_new) refuse(fmt::format("{} and {} exclude each other", at->second, option));
  }
  const bool bound = to.type == kind::bind;
  if (bound && seen.contains(group_of_nocopy))
    refuse("nocopy applies only to volumes, not to a host directory");
  if (!bound && seen.contains(group_of_propagation))
    refuse(fmt::format("{} applies only to host directories, not to a volume",
                       seen[group_of_propagation]));
  to.read_only = seen[0] == "ro";
  to.fills = !seen.contains(group_of_nocopy);
  if (seen.contains(group_of_propagation))
    to.propagation = propagation_of("--volume", seen[group_of_propagation]);
}

// Refuses options that belong to another type of mount.
void refuse_foreign_options(const json& entry, const std::string& type) {
  constexpr std::array<std::array<std::string_view, 3>, 3> options_of_types{
      {{"BindOptions", "bind", "bind-propagation"},
       {"VolumeOptions", "volume", "volume-nocopy"},
       {"TmpfsOptions", "tmpfs", "tmpfs-size and tmpfs-mode"}}};
  for (const auto& [key, owner, options] : options_of_types)
    if (owner != type && !object(entry, std::string(key).c_str()).empty())
      throw usage_error(fmt::format("--mount type={}: {}: supported only for type={}",
                                    type, options, owner));
  if (type == "tmpfs" && !value<std::string>(entry, "Source", "").empty())
    throw usage_error("--mount type=tmpfs: a tmpfs has no source");
}

// Parses a --mount of the request, in the shape of Docker's Mounts.
requested_mount parse_mount(const json& entry) {
  requested_mount mount;
  const auto type = value<std::string>(entry, "Type", "volume");
  mount.type = type == "bind" ? kind::bind : type == "tmpfs" ? kind::tmpfs : kind::volume;
  if (mount.type == kind::volume && type != "volume")
    throw usage_error(fmt::format("--mount type={}: not supported", type),
                      "supported: bind, volume, tmpfs");
  refuse_foreign_options(entry, type);
  mount.propagation = propagation_of(
      "--mount bind-propagation",
      value<std::string>(object(entry, "BindOptions"), "Propagation", "private"));
  mount.source = value<std::string>(entry, "Source", "");
  mount.target = valid_target("--mount", value<std::string>(entry, "Target", ""));
  mount.read_only = value(entry, "ReadOnly", false);
  mount.fills = !value(object(entry, "VolumeOptions"), "NoCopy", false);
  if (mount.type == kind::bind && !mount.source.starts_with('/'))
    throw usage_error(
        fmt::format("--mount: \"{}\" is not an absolute path", mount.source),
        "expected type=bind,source=/host/path,target=/path");
  if (mount.type == kind::volume) volume::validate_name(mount.source);
  const json memory = object(entry, "TmpfsOptions");
  mount.flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
  if (const auto size = value<std::uint64_t>(memory, "SizeBytes", 0); size != 0)
    mount.options = fmt::format("size={}", size);
  mount.options += fmt::format("{}mode={:o}", mount.options.empty() ? "" : ",",
                               value<unsigned>(memory, "Mode", 01777));
  return mount;
}

// Checks an option such as "size=64m", "mode=1777" or "uid=1000", which the kernel would
// refuse without a reason. A size can also be a percentage of the memory, "50%".
std::string tmpfs_option(const std::string& target, const std::string& text) {
  const auto equals = text.find('=') + 1;
  const std::string name = text.substr(0, equals - 1), value = text.substr(equals);
  const auto flag = fmt::format("--tmpfs {}:{}", target, name);
  if (name == "size" && !value.ends_with('%'))
    return fmt::format("size={}", cgroup::parse_size(flag, value, 4096));
  const bool octal = name == "mode";
  const auto digits = value.substr(0, value.size() - (name == "size" ? 1 : 0));
  if (digits.empty() || digits.size() > (octal ? 4 : 9) ||
      digits.find_first_not_of(octal ? "01234567" : "0123456789") != std::string::npos)
    throw usage_error(fmt::format("{} {}: expected a number", flag, sys::quote(value)),
                      "such as size=64m, mode=1777 or uid=1000");
  return text;
}

// Parses a --tmpfs, tmpfs(5). Options that aren't mount flags are passed to the file
// system.
requested_mount parse_tmpfs(const std::string& target, const std::string& options) {
  requested_mount mount;
  mount.type = kind::tmpfs;
  mount.target = valid_target("--tmpfs", target);
  mount.flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
  if (options.ends_with(','))
    throw usage_error(fmt::format("--tmpfs {}:{}: an option is empty", target, options));
  std::vector<std::string> own;
  std::set<std::string_view> seen;
  const auto once = [&](std::string_view name) {
    if (!seen.insert(name).second)
      throw usage_error(
          fmt::format("--tmpfs {}:{}: {} is given twice", target, options, name));
  };
  for (const auto& option : split(options, ',')) {
    constexpr std::array<std::pair<std::string_view, unsigned long>, 4> flags{
        {{"ro", MS_RDONLY},
         {"nosuid", MS_NOSUID},
         {"nodev", MS_NODEV},
         {"noexec", MS_NOEXEC}}};
    constexpr std::array<std::pair<std::string_view, unsigned long>, 4> without{
        {{"rw", MS_RDONLY}, {"suid", MS_NOSUID}, {"dev", MS_NODEV}, {"exec", MS_NOEXEC}}};
    constexpr std::array<std::string_view, 5> values{
        "size=", "mode=", "uid=", "gid=", "nr_inodes="};
    const auto is = [&](const auto& known) { return known.first == option; };
    const auto begins = [&](auto known) { return option.starts_with(known); };
    if (const auto* at = std::ranges::find_if(flags, is); at != flags.end()) {
      once(at->first);
      mount.flags |= at->second;
    } else if (const auto* no = std::ranges::find_if(without, is); no != without.end()) {
      once(flags.at(static_cast<std::size_t>(no - without.begin())).first);
      mount.flags &= ~no->second;
    } else if (const auto* v = std::ranges::find_if(values, begins); v != values.end()) {
      once(*v);
      own.push_back(tmpfs_option(target, option));
    } else {
      throw usage_error(
          fmt::format("--tmpfs {}:{}: not supported", target, option),
          "supported: size=, mode=, uid=, gid=, nr_inodes=, ro, exec, suid, dev");
    }
  }
  if (std::ranges::none_of(own, [](auto& option) { return option.starts_with("mode="); }))
    own.emplace_back("mode=1777");
  mount.options = fmt::format("{}", fmt::join(own, ","));
  return mount;
}

}  // namespace

void refuse_duplicates(const std::vector<requested_mount>& mounts) {
  for (auto mount = mounts.begin(); mount != mounts.end(); ++mount)
    if (std::any_of(mounts.begin(), mount,
                    [&](const auto& before) { return before.target == mount->target; }))
      throw usage_error(fmt::format("Duplicate mount point: {}", mount->target));
}

std::string valid_target(const std::string& flag, const std::string& text) {
  const auto refuse = [&](const char* why) {
    throw usage_error(fmt::format("{}: {} {}", flag, sys::quote(text), why),
                      "expected an absolute path in the container, such as /data");
  };
  if (!text.starts_with('/')) refuse("is not an absolute path");
  std::string target = std::filesystem::path(text).lexically_normal();
  while (target.size() > 1 && target.ends_with('/')) target.pop_back();
  if (target.find_first_not_of('/') == std::string::npos) refuse("is the root directory");
  for (const char* kernel : {"/proc", "/sys"})
    if (target == kernel || target.starts_with(std::string(kernel) + "/"))
      refuse("is managed by the kernel");
  return target;
}

requested_mount parse_volume(const std::string& text) {
  const auto refuse = [&](const char* why) {
    throw usage_error(fmt::format("--volume {}: {}", sys::quote(text), why),
                      "expected /HOST/PATH:/PATH[:ro], NAME:/PATH[:ro] or /PATH");
  };
  const auto parts = split(text, ':');
  if (parts.size() < 2 || parts.size() > 3 || parts[0].empty())
    refuse("invalid volume specification");
  requested_mount mount;
  mount.type = parts[0].starts_with('/') ? kind::bind : kind::volume;
  mount.source = parts[0];
  mount.target = valid_target("--volume", parts[1]);
  mount.makes_source = true;
  if (mount.type == kind::volume) volume::validate_name(mount.source);
  if (parts.size() == 3) apply_volume_options(parts[2], mount);
  return mount;
}

void read_mounts(const json& from, const json& host, container_spec& to) {
  for (const auto& bind : strings(host, "Binds")) to.mounts.push_back(parse_volume(bind));
  for (const auto& entry : value(host, "Mounts", json(json::array())))
    to.mounts.push_back(parse_mount(entry));
  const json memory = object(host, "Tmpfs");
  for (const auto& [target, options] : memory.items())
    to.mounts.push_back(parse_tmpfs(target, options.get<std::string>()));
  const json anonymous = object(from, "AnonymousVolumes");
  for (const auto& [target, name] : anonymous.items()) {
    to.mounts.push_back({.type = kind::volume,
                         .source = name.get<std::string>(),
                         .target = valid_target("--volume", target),
                         .anonymous = true});
  }
  refuse_duplicates(to.mounts);
  to.shm_bytes = value<std::uint64_t>(host, "ShmSize", 64ULL << 20);
}

}  // namespace zoomin::container
