// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/mount.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "04-cgroups/limits.hpp"
#include "base/field_error.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"
#include "common/text.hpp"
#include "container/spec/fields.hpp"
#include "volume/volume.hpp"

namespace zoomin::container {

namespace {

using mount_type = requested_mount::kind;

// Returns the mount propagation, mount_namespaces(7). A bind always includes the mounts
// below it, so the forms without "r" have the same effect.
std::string propagation_of(const std::string& setting, const std::string& word) {
  if (word == "private" || word == "rprivate") return {};
  if (word == "slave" || word == "rslave") return "rslave";
  if (word == "shared" || word == "rshared") return "rshared";
  throw usage_error(fmt::format("{}: invalid propagation {}", setting, sys::quote(word)),
                    "expected rprivate, private, rslave, slave, rshared or shared");
}

// The options of -v, each with the number of its group. Options of the same group exclude
// each other. As with Docker, SELinux labels (z, Z) and the consistency modes of Docker
// for Mac (cached, delegated, consistent) are accepted without effect.
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
    throw base::field_error(
        "HostConfig.Binds", fmt::format("...:{}: {}", text, why),
        "supported: ro, rw, z, Z, cached, delegated, consistent, nocopy, rprivate, "
        "rslave, rshared");
  };
  if (text.empty() || text.ends_with(',')) refuse("an option is empty");
  for (const auto& option : text::split(text, ',')) {
    const auto* const found = std::ranges::find_if(
        volume_options, [&](auto& known) { return known.first == option; });
    if (found == volume_options.end())
      refuse(fmt::format("{} is not supported", sys::quote(option)));
    const auto [at, is_new] = seen.emplace(found->second, option);
    if (!is_new) refuse(fmt::format("{} and {} exclude each other", at->second, option));
  }
  const bool bound = to.type == mount_type::bind;
  if (bound && seen.contains(group_of_nocopy))
    refuse("nocopy applies only to volumes, not to a host directory");
  if (!bound && seen.contains(group_of_propagation))
    refuse(fmt::format("{} applies only to host directories, not to a volume",
                       seen[group_of_propagation]));
  to.read_only = seen[0] == "ro";
  to.fills = !seen.contains(group_of_nocopy);
  if (seen.contains(group_of_propagation))
    to.propagation = propagation_of("HostConfig.Binds", seen[group_of_propagation]);
}

// Throws field_error for options that belong to another type of mount.
void refuse_foreign_options(const json& entry, const std::string& type) {
  constexpr std::array<std::array<std::string_view, 3>, 3> options_of_types{
      {{"BindOptions", "bind", "bind-propagation"},
       {"VolumeOptions", "volume", "volume-nocopy"},
       {"TmpfsOptions", "tmpfs", "tmpfs-size and tmpfs-mode"}}};
  for (const auto& [key, owner, options] : options_of_types)
    if (owner != type && !object(entry, std::string(key).c_str()).empty())
      throw base::field_error(
          "HostConfig.Mounts",
          fmt::format("type={}: {}: supported only for type={}", type, options, owner));
  if (type == "tmpfs" && !value<std::string>(entry, "Source", "").empty())
    throw base::field_error("HostConfig.Mounts", "type=tmpfs: a tmpfs has no source");
}

// Parses an element of Mounts in the request.
requested_mount parse_mount(const json& entry) {
  requested_mount mount;
  const auto name = value<std::string>(entry, "Type", "volume");
  mount.type = name == "bind"    ? mount_type::bind
               : name == "tmpfs" ? mount_type::tmpfs
                                 : mount_type::volume;
  if (mount.type == mount_type::volume && name != "volume")
    throw base::field_error("HostConfig.Mounts",
                            fmt::format("type={}: not supported", name),
                            "supported: bind, volume, tmpfs");
  refuse_foreign_options(entry, name);
  mount.propagation = propagation_of(
      "HostConfig.Mounts bind-propagation",
      value<std::string>(object(entry, "BindOptions"), "Propagation", "private"));
  mount.source = value<std::string>(entry, "Source", "");
  mount.target =
      valid_target("HostConfig.Mounts", value<std::string>(entry, "Target", ""));
  mount.read_only = value(entry, "ReadOnly", false);
  mount.fills = !value(object(entry, "VolumeOptions"), "NoCopy", false);
  if (mount.type == mount_type::bind && !mount.source.starts_with('/'))
    throw base::field_error("HostConfig.Mounts",
                            fmt::format(": \"{}\" is not an absolute path", mount.source),
                            "expected type=bind,source=/host/path,target=/path");
  if (mount.type == mount_type::volume) volume::validate_name(mount.source);
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
  const auto setting = fmt::format("HostConfig.Tmpfs {}:{}", target, name);
  if (name == "size" && !value.ends_with('%'))
    return fmt::format("size={}", cgroup::parse_size(setting, value, 4096));
  const bool octal = name == "mode";
  const auto digits = value.substr(0, value.size() - (name == "size" ? 1 : 0));
  if (digits.empty() || digits.size() > (octal ? 4 : 9) ||
      digits.find_first_not_of(octal ? "01234567" : "0123456789") != std::string::npos)
    throw usage_error(fmt::format("{} {}: expected a number", setting, sys::quote(value)),
                      "such as size=64m, mode=1777 or uid=1000");
  return text;
}

// The mount flags of --tmpfs, mount(8): the option that sets one, and its opposite.
struct tmpfs_flag {
  std::string_view set, cleared;
  unsigned long flag;
};

constexpr std::array<tmpfs_flag, 4> tmpfs_flags{{{"ro", "rw", MS_RDONLY},
                                                 {"nosuid", "suid", MS_NOSUID},
                                                 {"nodev", "dev", MS_NODEV},
                                                 {"noexec", "exec", MS_NOEXEC}}};

// Applies an option that is a mount flag. Returns the name of the flag, or nothing if the
// option isn't a mount flag.
std::optional<std::string_view> apply_tmpfs_flag(const std::string& option,
                                                 unsigned long& flags) {
  for (const auto& [set, cleared, flag] : tmpfs_flags) {
    if (option != set && option != cleared) continue;
    flags = option == set ? flags | flag : flags & ~flag;
    return set;
  }
  return std::nullopt;
}

// Returns the name of an option for the file system, such as "size="; nothing if tmpfs
// has no such option.
std::optional<std::string_view> tmpfs_option_name(const std::string& option) {
  constexpr std::array<std::string_view, 5> names{
      "size=", "mode=", "uid=", "gid=", "nr_inodes="};
  for (const auto name : names)
    if (option.starts_with(name)) return name;
  return std::nullopt;
}

// Parses a --tmpfs, tmpfs(5). Options that aren't mount flags are passed to the file
// system.
requested_mount parse_tmpfs(const std::string& target, const std::string& options) {
  requested_mount mount;
  mount.type = mount_type::tmpfs;
  mount.target = valid_target("HostConfig.Tmpfs", target);
  mount.flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
  if (options.ends_with(','))
    throw base::field_error("HostConfig.Tmpfs",
                            fmt::format("{}:{}: an option is empty", target, options));
  std::vector<std::string> own;
  std::set<std::string_view> seen;
  for (const auto& option : text::split(options, ',')) {
    if (options.empty()) break;
    const auto flag = apply_tmpfs_flag(option, mount.flags);
    const auto name = flag ? flag : tmpfs_option_name(option);
    if (!name)
      throw base::field_error(
          "HostConfig.Tmpfs", fmt::format("{}:{}: not supported", target, option),
          "supported: size=, mode=, uid=, gid=, nr_inodes=, ro, exec, suid, dev");
    if (!seen.insert(*name).second)
      throw base::field_error("HostConfig.Tmpfs", fmt::format("{}:{}: {} is given twice",
                                                              target, options, *name));
    if (!flag) own.push_back(tmpfs_option(target, option));
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

std::string valid_target(const std::string& setting, const std::string& text) {
  const auto refuse = [&](const char* why) {
    throw usage_error(fmt::format("{}: {} {}", setting, sys::quote(text), why),
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
    throw base::field_error("HostConfig.Binds",
                            fmt::format("{}: {}", sys::quote(text), why),
                            "expected /HOST/PATH:/PATH[:ro], NAME:/PATH[:ro] or /PATH");
  };
  const auto parts = text::split(text, ':');
  if (parts.size() < 2 || parts.size() > 3 || parts[0].empty() || parts[1].empty())
    refuse("invalid volume specification");
  requested_mount mount;
  mount.type = parts[0].starts_with('/') ? mount_type::bind : mount_type::volume;
  mount.source = parts[0];
  mount.target = valid_target("HostConfig.Binds", parts[1]);
  mount.makes_source = true;
  if (mount.type == mount_type::volume) volume::validate_name(mount.source);
  if (parts.size() == 3 && !parts[2].empty()) apply_volume_options(parts[2], mount);
  return mount;
}

namespace {

void put_size(std::string_view name, const std::string& text, json& target) {
  target = cgroup::parse_size(name, text, 4096);
}

void put_mode(std::string_view name, const std::string& text, json& target) {
  unsigned mode = 0;
  const auto* const end = text.data() + text.size();
  const auto [stopped, bad] = std::from_chars(text.data(), end, mode, 8);
  if (bad != std::errc() || stopped != end || mode > 07777)
    throw usage_error(
        fmt::format("{}={}: expected an octal mode such as 1777", name, text));
  target = mode;
}

// Accepts the values of `consistency` for Docker on a Mac; on Linux they have no effect.
void put_consistency(std::string_view, const std::string& text, json&) {
  constexpr std::array<std::string_view, 4> known{"default", "consistent", "cached",
                                                  "delegated"};
  if (std::ranges::find(known, text) == known.end())
    throw usage_error(
        fmt::format("consistency={}: expected default, consistent, cached or delegated",
                    sys::quote(text)));
}

using enum kind;

// The options of --mount.
constexpr field mount_options[]{
    {"type", 0, text, "/Type"},
    {"source", 0, text, "/Source"},
    {"src", 0, text, "/Source"},
    {"target", 0, text, "/Target"},
    {"dst", 0, text, "/Target"},
    {"destination", 0, text, "/Target"},
    {"readonly", 0, toggle, "/ReadOnly"},
    {"ro", 0, toggle, "/ReadOnly"},
    {"volume-nocopy", 0, toggle, "/VolumeOptions/NoCopy"},
    {"bind-propagation", 0, text, "/BindOptions/Propagation"},
    {"tmpfs-size", 0, text, "/TmpfsOptions/SizeBytes", "", "", nullptr, put_size},
    {"tmpfs-mode", 0, text, "/TmpfsOptions/Mode", "", "", nullptr, put_mode},
    {"consistency", 0, text, "", "", "", nullptr, put_consistency}};

json parse_mount_option(const std::string& text) try {
  json mount{{"Type", "volume"}};
  put_options("", text, mount_options, mount);
  const std::string source = mount.value("Source", "");
  if (mount["Type"] == "bind" && source.starts_with('/') && !sys::exists(source))
    throw usage_error(fmt::format("bind source path does not exist: {}", source));
  return mount;
} catch (const usage_error& why) {
  throw base::field_error(
      "HostConfig.Mounts", fmt::format("\"{}\": {}", text, why.what()),
      why.hint().empty() ? "write type=bind|volume|tmpfs,source=,target=/path[,readonly]"
                         : why.hint());
}

// Puts a --mount into the request. A volume without a name is an anonymous volume, as
// with -v.
void put_mount(std::string_view, const std::string& text, json& request) {
  json mount = parse_mount_option(text);
  if (mount["Type"] == "volume" && mount.contains("Target") && mount.size() == 2)
    request["Volumes"][mount["Target"].get<std::string>()] = json::object();
  else
    request["HostConfig"]["Mounts"].push_back(std::move(mount));
}

// Makes a relative source such as "./data" absolute, because a relative source in the
// request would be taken for a volume's name.
std::string absolute(const std::string& volume) {
  const auto colon = volume.find(':');
  const bool relative =
      volume.starts_with("./") || volume.starts_with("../") || volume.starts_with(".:");
  if (!relative) return volume;
  return std::filesystem::weakly_canonical(volume.substr(0, colon)).string() +
         volume.substr(colon);
}

// Puts a --volume into the request.
void put_volume(std::string_view, const std::string& text, json& request) {
  if (text.find(':') == std::string::npos)
    request["Volumes"][text] = json::object();
  else
    request["HostConfig"]["Binds"].push_back(absolute(text));
}

void put_tmpfs(std::string_view flag, const std::string& text, json& target) {
  const auto colon = std::min(text.find(':'), text.size());
  const std::string path = text.substr(0, colon);
  if (target.contains(path))
    throw usage_error(fmt::format("{} {}: duplicate mount point", flag, path));
  target[path] = text.substr(std::min(colon + 1, text.size()));
}

void read_binds(const json& values, container_spec& to) {
  for (const std::string bind : values) to.mounts.push_back(parse_volume(bind));
}

void read_requested(const json& values, container_spec& to) {
  for (const auto& entry : values) to.mounts.push_back(parse_mount(entry));
}

void read_tmpfs(const json& values, container_spec& to) {
  for (const auto& [target, options] : values.items())
    to.mounts.push_back(parse_tmpfs(target, options.get<std::string>()));
}

void read_anonymous(const json& values, container_spec& to) {
  for (const auto& [target, name] : values.items())
    to.mounts.push_back({.type = mount_type::volume,
                         .source = name.get<std::string>(),
                         .target = valid_target("HostConfig.Binds", target),
                         .anonymous = true});
}

constexpr field mount_fields[]{
    {"--volume", 'v', list, "", "bind mount a volume: SOURCE:/PATH[:ro] or /PATH", "",
     nullptr, put_volume, "HostConfig.Binds"},
    {"--mount", 0, list, "", "attach a mount: type=bind,source=/a,target=/b,readonly", "",
     nullptr, put_mount, "HostConfig.Mounts"},
    {"--volumes-from", 0, list, "/HostConfig/VolumesFrom",
     "mount volumes from another container: NAME[:ro]", "null"},
    {"", 0, list, "/Volumes", "", "null"},
    {"", 0, list, "/HostConfig/Binds", "", "null", read_binds},
    {"", 0, list, "/HostConfig/Mounts", "", "", read_requested},
    {"--tmpfs", 0, list, "/HostConfig/Tmpfs",
     "mount a tmpfs directory: /PATH[:size=64m,mode=1777]", "", read_tmpfs, put_tmpfs},
    {"", 0, list, "/AnonymousVolumes", "", "", read_anonymous},
    shared_with_build({"--shm-size", 0, size, "/HostConfig/ShmSize",
                       "size of /dev/shm (default 64m)", "67108864",
                       into<&container_spec::shm_bytes>}),
    {"--volume-driver", 0, unsupported, "/HostConfig/VolumeDriver",
     "volume driver for the container", R"("")"},
    {"--storage-opt", 0, unsupported}};

void finish_mounts(const json&, container_spec& to) { refuse_duplicates(to.mounts); }

}  // namespace

constinit const subject mount_subject{mount_fields, finish_mounts};

}  // namespace zoomin::container
