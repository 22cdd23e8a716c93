// SPDX-License-Identifier: MIT
#include "container/runtime/mounts.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <sstream>

#include "04-cgroups/cgroup.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"
#include "network/dns_server.hpp"
#include "volume/volume.hpp"

namespace zoomin::container {

namespace {

using sys::operator""_id;
constexpr unsigned long safe = MS_NOSUID | MS_NODEV | MS_NOEXEC;

mnt::mount_entry message_queues() {
  return {.id = "dev.mqueue"_id,
          .words = "/dev/mqueue: its own message queues",
          .type = "mqueue",
          .target = "/dev/mqueue",
          .flags = safe};
}

// Its own part of each tree, in its own cgroup namespace: cgroup_namespaces(7). Version 1
// has one for each controller or two, under names of each one of them.
void add_cgroups(std::vector<mnt::mount_entry>& to, const container_spec& spec) {
  const unsigned long flags = safe | (spec.privileged ? 0 : MS_RDONLY);
  const std::string top = "/sys/fs/cgroup";
  const auto trees = cgroup::hierarchies(cgroup::extra_controllers);
  if (trees.at(0).version == 2)
    return to.push_back({.id = "sys.cgroup"_id,
                         .words = top + ": its own group",
                         .type = "cgroup2",
                         .target = top,
                         .flags = flags});
  mnt::mount_entry above{.id = "sys.cgroup"_id,
                         .words = top + ": its own groups, in memory",
                         .type = "tmpfs",
                         .target = top,
                         .flags = safe,
                         .data = "mode=755,size=4k"};
  std::vector<mnt::mount_entry> each;
  for (const auto& tree : trees) {
    if (!cgroup::is_used(tree.controllers, spec.limits)) continue;
    const auto names = fmt::format("{}", fmt::join(tree.controllers, ","));
    each.push_back({.id = "sys.cgroup.v1"_id,
                    .words = fmt::format("{}/{}: its own group", top, names),
                    .type = "cgroup",
                    .target = fmt::format("{}/{}", top, names),
                    .flags = flags,
                    .data = names});
    above.nodes.push_back({.name = names, .mode = S_IFDIR | 0755});
    if (tree.controllers.size() < 2) continue;
    for (const auto& name : tree.controllers)
      above.nodes.push_back({.id = "sys.cgroup.link"_id, .name = name, .link = names});
  }
  to.push_back(std::move(above));
  to.insert(to.end(), each.begin(), each.end());
}

unsigned long read_only_if(bool wanted) { return wanted ? MS_RDONLY : 0; }

unsigned long propagation_of(const requested_mount& one) {
  if (one.propagation == "rslave") return MS_SLAVE;
  return one.propagation == "rshared" ? MS_SHARED : 0;
}

mnt::mount_entry place_of(const requested_mount& one) {
  using kind = requested_mount::kind;
  if (one.type == kind::tmpfs)
    return {.id = "tmpfs"_id,
            .words = one.target + ": memory",
            .type = "tmpfs",
            .target = one.target,
            .flags = one.flags | read_only_if(one.read_only),
            .data = one.options};
  const bool ours = one.type == kind::volume;
  return {.words = (ours ? "the volume " : "the host's ") + one.source,
          .type = "bind",
          .source = ours ? volume::data_of(one.source) : one.source,
          .target = one.target,
          .flags = MS_REC | read_only_if(one.read_only),
          .propagation = propagation_of(one)};
}

mnt::mount_entry& place_at(std::vector<mnt::mount_entry>& entries,
                           const std::string& target) {
  return *std::ranges::find(entries, target, &mnt::mount_entry::target);
}

mnt::node node_of(const std::string& host_path, std::string name) {
  struct stat info {};
  sys::check("stat", host_path, [&] { return ::stat(host_path.c_str(), &info); });
  if (!S_ISCHR(info.st_mode) && !S_ISBLK(info.st_mode))
    throw usage_error(fmt::format("--device {}: it is no device", host_path));
  return {.id = "dev.more"_id,
          .name = std::move(name),
          .device = info.st_rdev,
          .mode = info.st_mode};
}

// --privileged: each device that the host's /dev has, and ours hasn't.
void add_all_devices(std::vector<mnt::node>& to) {
  std::error_code none;
  for (auto one = std::filesystem::recursive_directory_iterator("/dev", none);
       one != std::filesystem::recursive_directory_iterator(); one.increment(none)) {
    const std::string path = one->path(), name = path.substr(strlen("/dev/"));
    if (name == "pts" || name == "shm") one.disable_recursion_pending();
    const auto kind = one->symlink_status(none).type();
    if (kind != std::filesystem::file_type::character &&
        kind != std::filesystem::file_type::block)
      continue;
    if (name != "console" && name != "ptmx" &&
        std::ranges::find(to, name, &mnt::node::name) == to.end())
      to.push_back(node_of(path, name));
  }
}

void add_devices(const container_spec& spec, std::vector<mnt::node>& to) {
  if (spec.privileged) add_all_devices(to);
  for (const auto& device : spec.devices) {
    constexpr std::string_view above = "/dev/";
    std::erase_if(
        to, [&](auto& old) { return above.data() + old.name == device.container_path; });
    to.push_back(node_of(device.host_path, device.container_path.substr(above.size())));
  }
}

// Its owner answers it, and asks the others: network/dns_server.hpp.
std::string own_resolver(resolv_conf wanted) {
  std::string result = fmt::format("nameserver {}\n", network::resolver_address);
  std::istringstream host(mnt::resolvers());
  for (std::string line; std::getline(host, line);)
    if (line.starts_with("search ") && wanted.search.empty()) result += line + "\n";
  if (!wanted.search.empty())
    result += fmt::format("search {}\n", fmt::join(wanted.search, " "));
  if (wanted.options.empty()) wanted.options = {"ndots:0"};
  return result + fmt::format("options {}\n", fmt::join(wanted.options, " "));
}

std::string resolvers(const resolv_conf& wanted) {
  if (wanted.servers.empty() && wanted.search.empty() && wanted.options.empty())
    return mnt::resolvers();
  std::string result;
  if (wanted.servers.empty()) result = mnt::resolvers();
  for (const auto& one : wanted.servers) result += fmt::format("nameserver {}\n", one);
  if (!wanted.search.empty())
    result += fmt::format("search {}\n", fmt::join(wanted.search, " "));
  if (!wanted.options.empty())
    result += fmt::format("options {}\n", fmt::join(wanted.options, " "));
  return result;
}

// Of what the container shares with the host, that shows.
void share(const container_spec& spec, std::vector<mnt::mount_entry>& entries) {
  if (spec.privileged) place_at(entries, "/sys").flags &= ~std::uint64_t{MS_RDONLY};
  if (!spec.shared_memory)
    std::erase_if(entries, [](const auto& one) { return one.target == "/dev/shm"; });
  if (spec.shares.ipc.none()) return;
  auto& memory = place_at(entries, "/dev/shm");  // or another's, which lies there then
  memory = {.words = "/dev/shm: shared memory",
            .type = "bind",
            .source = "/dev/shm",
            .target = "/dev/shm"};
}

}  // namespace

bool write_setting(int root, const char* path, const char* value) {
  const auto file = sys::find_in_root(root, path, O_WRONLY);
  struct statfs info {};
  if (!file || ::fstatfs(file->get(), &info) == -1 || info.f_type != PROC_SUPER_MAGIC)
    return false;
  sys::check("write", path, [&] {
    return ::write(file->get(), value, std::char_traits<char>::length(value));
  });
  return true;
}

security::device_rule rule_of(const device& device) {
  const auto node = node_of(device.host_path, {});
  return {.type = S_ISBLK(node.mode) ? 'b' : 'c',
          .number = major(node.device),
          .minor = minor(node.device),
          .access = device.access};
}

namespace {

// 0755 each, whatever our umask is.
void make_path(const std::filesystem::path& directory) {
  if (sys::exists(directory)) return;
  make_path(directory.parent_path());
  sys::make_directory(sys::quiet, directory, 0755);
  sys::check("chmod", directory.string(),
             [&] { return ::chmod(directory.c_str(), 0755); });
}

}  // namespace

void make_sources(const container_spec& spec) {
  for (const auto& one : spec.mounts)
    if (one.type == requested_mount::kind::bind && one.makes_source &&
        !sys::exists(one.source))
      make_path(one.source);
}

std::string resolvers_of(const container_spec& spec) {
  return spec.on_user_network() ? own_resolver(spec.names) : resolvers(spec.names);
}

// The file that we made has no name anywhere but there; one of the image's or of the
// host's, mounted over it, has.
void renew_resolvers(int root, const container_spec& before, const container_spec& now) {
  const char* path = "/etc/resolv.conf";
  const auto file = sys::find_in_root(root, path, O_RDWR);
  struct stat info {};
  if (!file || ::fstat(file->get(), &info) == -1 || info.st_nlink != 0) return;
  if (sys::read_all(file->get(), path) != resolvers_of(before)) return;
  const std::string text = resolvers_of(now);
  sys::check("pwrite", path,
             [&] { return ::pwrite(file->get(), text.data(), text.size(), 0); });
  sys::check("ftruncate", path,
             [&] { return ::ftruncate(file->get(), static_cast<off_t>(text.size())); });
}

std::vector<mnt::mount_entry> mounts_of(const container_spec& spec) {
  auto entries = mnt::defaults(spec.hostname);
  entries.push_back(message_queues());
  add_cgroups(entries, spec);
  place_at(entries, "/etc/resolv.conf").data = resolvers_of(spec);
  place_at(entries, "/dev/shm").data = fmt::format("mode=1777,size={}", spec.shm_bytes);
  add_devices(spec, place_at(entries, "/dev").nodes);
  share(spec, entries);
  auto mounts = spec.mounts;  // an outer one first, or it would hide the inner one
  std::ranges::stable_sort(mounts, {}, [](const requested_mount& one) {
    return std::ranges::count(one.target, '/');
  });
  for (const auto& one : mounts) entries.push_back(place_of(one));
  return entries;
}

void name_hosts(std::vector<mnt::mount_entry>& places, const container_spec& spec,
                const std::string& address, const std::string& gateway) {
  if (!address.empty()) mnt::give_address(places, spec.hostname, address);
  auto& hosts = place_at(places, "/etc/hosts").data;
  for (const auto& host : spec.hosts)
    hosts += fmt::format(
        "{}\t{}\n", host.address == host_gateway ? gateway : host.address, host.name);
}

void set_sysctls(const std::vector<std::pair<std::string, std::string>>& settings) {
  const unique_fd root = sys::open("/", O_PATH | O_DIRECTORY);
  for (const auto& [name, value] : settings) {
    std::string path = "/proc/sys/" + name;
    std::ranges::replace(path, '.', '/');
    if (!write_setting(root.get(), path.c_str(), value.c_str()))
      throw sys::error(ENOENT, "open", "--sysctl " + name);
  }
}

}  // namespace zoomin::container
