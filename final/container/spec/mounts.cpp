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
  std::vector<std::string> result;
  std::istringstream parts(text);
  for (std::string item; std::getline(parts, item, mark);) result.push_back(item);
  return result;
}

// mount_namespaces(7). A bind always comes with the mounts below it, so the forms
// without "r" are the same.
std::string propagation_of(const std::string& flag, const std::string& word) {
  if (word == "private" || word == "rprivate") return {};
  if (word == "slave" || word == "rslave") return "rslave";
  if (word == "shared" || word == "rshared") return "rshared";
  throw usage_error(fmt::format("{}: {} is no propagation", flag, sys::quote(word)),
                    "rprivate, private, rslave, slave, rshared and shared are");
}

// Each option of -v has a group, and the options of a group exclude each other. Docker
// accepts SELinux's labels (z, Z) where there is no SELinux, as here, and how a Mac's
// files are kept (cached, delegated, consistent) on Linux: neither has an effect.
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
  std::map<int, std::string> met;
  const auto refuse = [&](const std::string& why) {
    throw usage_error(fmt::format("--volume ...:{}: {}", text, why),
                      "ro, rw, z, Z, cached, delegated, consistent, nocopy, rprivate, "
                      "rslave and rshared are supported");
  };
  if (text.empty() || text.ends_with(',')) refuse("an option is empty");
  for (const auto& option : split(text, ',')) {
    const auto* const known = std::ranges::find_if(
        volume_options, [&](auto& one) { return one.first == option; });
    if (known == volume_options.end())
      refuse(fmt::format("{} is not supported", sys::quote(option)));
    const auto [at, is_new] = met.emplace(known->second, option);
    if (!is_new) refuse(fmt::format("{} and {} exclude each other", at->second, option));
  }
  const bool bound = to.type == kind::bind;
  if (bound && met.contains(group_of_nocopy))
    refuse("nocopy is for a volume, and this is a directory of the host");
  if (!bound && met.contains(group_of_propagation))
    refuse(fmt::format("{} is for a directory of the host, and this is a volume",
                       met[group_of_propagation]));
  to.read_only = met[0] == "ro";
  to.fills = !met.contains(group_of_nocopy);
  if (met.contains(group_of_propagation))
    to.propagation = propagation_of("--volume", met[group_of_propagation]);
}

// Each kind of mount has options of its own.
void refuse_foreign_options(const json& entry, const std::string& type) {
  constexpr std::array<std::array<std::string_view, 3>, 3> result{
      {{"BindOptions", "bind", "bind-propagation"},
       {"VolumeOptions", "volume", "volume-nocopy"},
       {"TmpfsOptions", "tmpfs", "tmpfs-size and tmpfs-mode"}}};
  for (const auto& [key, owner, words] : result)
    if (owner != type && !object(entry, std::string(key).c_str()).empty())
      throw usage_error(
          fmt::format("--mount type={}: {}: only type={} has them", type, words, owner));
  if (type == "tmpfs" && !value<std::string>(entry, "Source", "").empty())
    throw usage_error("--mount type=tmpfs: source: it is empty memory, and has none");
}

// A --mount of the request, in the shape of Docker's Mounts.
requested_mount parse_mount(const json& entry) {
  requested_mount result;
  const auto type = value<std::string>(entry, "Type", "volume");
  result.type = type == "bind"    ? kind::bind
                : type == "tmpfs" ? kind::tmpfs
                                  : kind::volume;
  if (result.type == kind::volume && type != "volume")
    throw usage_error(fmt::format("--mount type={}: not supported", type),
                      "bind, volume and tmpfs are");
  refuse_foreign_options(entry, type);
  result.propagation = propagation_of(
      "--mount bind-propagation",
      value<std::string>(object(entry, "BindOptions"), "Propagation", "private"));
  result.source = value<std::string>(entry, "Source", "");
  result.target = valid_target("--mount", value<std::string>(entry, "Target", ""));
  result.read_only = value(entry, "ReadOnly", false);
  result.fills = !value(object(entry, "VolumeOptions"), "NoCopy", false);
  if (result.type == kind::bind && !result.source.starts_with('/'))
    throw usage_error(fmt::format("--mount: \"{}\" is not a path from /", result.source),
                      "expected type=bind,source=/host/path,target=/path");
  if (result.type == kind::volume) volume::validate_name(result.source);
  const json memory = object(entry, "TmpfsOptions");
  result.flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
  if (const auto size = value<std::uint64_t>(memory, "SizeBytes", 0); size != 0)
    result.options = fmt::format("size={}", size);
  result.options += fmt::format("{}mode={:o}", result.options.empty() ? "" : ",",
                                value<unsigned>(memory, "Mode", 01777));
  return result;
}

// "size=64m", "mode=1777", "uid=1000": what the kernel would refuse without a word is
// refused here. A size can be a part of the memory, "50%".
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
                      "size=64m, mode=1777, uid=1000");
  return text;
}

// tmpfs(5); what isn't a flag is the file system's own option.
requested_mount parse_tmpfs(const std::string& target, const std::string& options) {
  requested_mount result;
  result.type = kind::tmpfs;
  result.target = valid_target("--tmpfs", target);
  result.flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
  if (options.ends_with(','))
    throw usage_error(fmt::format("--tmpfs {}:{}: an option is empty", target, options));
  std::vector<std::string> own;
  std::set<std::string_view> met;
  const auto once = [&](std::string_view name) {
    if (!met.insert(name).second)
      throw usage_error(
          fmt::format("--tmpfs {}:{}: {} is said twice", target, options, name));
  };
  for (const auto& item : split(options, ',')) {
    constexpr std::array<std::pair<std::string_view, unsigned long>, 4> flags{
        {{"ro", MS_RDONLY},
         {"nosuid", MS_NOSUID},
         {"nodev", MS_NODEV},
         {"noexec", MS_NOEXEC}}};
    constexpr std::array<std::pair<std::string_view, unsigned long>, 4> without{
        {{"rw", MS_RDONLY}, {"suid", MS_NOSUID}, {"dev", MS_NODEV}, {"exec", MS_NOEXEC}}};
    constexpr std::array<std::string_view, 5> values{
        "size=", "mode=", "uid=", "gid=", "nr_inodes="};
    const auto is = [&](const auto& known) { return known.first == item; };
    const auto begins = [&](auto known) { return item.starts_with(known); };
    if (const auto* at = std::ranges::find_if(flags, is); at != flags.end()) {
      once(at->first);
      result.flags |= at->second;
    } else if (const auto* no = std::ranges::find_if(without, is); no != without.end()) {
      once(flags.at(static_cast<std::size_t>(no - without.begin())).first);
      result.flags &= ~no->second;
    } else if (const auto* v = std::ranges::find_if(values, begins); v != values.end()) {
      once(*v);
      own.push_back(tmpfs_option(target, item));
    } else {
      throw usage_error(fmt::format("--tmpfs {}:{}: not supported", target, item),
                        "size=, mode=, uid=, gid=, nr_inodes=, ro, exec, suid, dev are");
    }
  }
  if (std::ranges::none_of(own, [](auto& one) { return one.starts_with("mode="); }))
    own.emplace_back("mode=1777");
  result.options = fmt::format("{}", fmt::join(own, ","));
  return result;
}

void refuse_twice(const std::vector<requested_mount>& all) {
  for (auto one = all.begin(); one != all.end(); ++one)
    if (std::any_of(all.begin(), one,
                    [&](const auto& before) { return before.target == one->target; }))
      throw usage_error(fmt::format("two mounts at {}", one->target));
}

}  // namespace

std::string valid_target(const std::string& flag, const std::string& text) {
  const auto refuse = [&](const char* why) {
    throw usage_error(fmt::format("{}: {} {}", flag, sys::quote(text), why),
                      "expected a path from / of the container, such as /data");
  };
  if (!text.starts_with('/')) refuse("is not a path from /");
  std::string target = std::filesystem::path(text).lexically_normal();
  while (target.size() > 1 && target.ends_with('/')) target.pop_back();
  if (target.find_first_not_of('/') == std::string::npos) refuse("is the whole root");
  for (const char* kernel : {"/proc", "/sys"})
    if (target == kernel || target.starts_with(std::string(kernel) + "/"))
      refuse("is the kernel's");
  return target;
}

requested_mount parse_volume(const std::string& text) {
  const auto refuse = [&](const char* why) {
    throw usage_error(fmt::format("--volume {}: {}", sys::quote(text), why),
                      "expected /HOST/PATH:/PATH[:ro], NAME:/PATH[:ro] or /PATH");
  };
  const auto parts = split(text, ':');
  if (parts.size() < 2 || parts.size() > 3 || parts[0].empty())
    refuse("it has not two or three parts");
  requested_mount one;
  one.type = parts[0].starts_with('/') ? kind::bind : kind::volume;
  one.source = parts[0];
  one.target = valid_target("--volume", parts[1]);
  one.makes_source = true;
  if (one.type == kind::volume) volume::validate_name(one.source);
  if (parts.size() == 3) apply_volume_options(parts[2], one);
  return one;
}

void read_mounts(const json& from, const json& host, container_spec& to) {
  for (const auto& one : strings(host, "Binds")) to.mounts.push_back(parse_volume(one));
  for (const auto& one : value(host, "Mounts", json(json::array())))
    to.mounts.push_back(parse_mount(one));
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
  refuse_twice(to.mounts);
  to.shm_bytes = value<std::uint64_t>(host, "ShmSize", 64ULL << 20);
}

}  // namespace zoomin::container
