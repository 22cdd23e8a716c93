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

mnt::place message_queues() {
  return {.id = "dev.mqueue"_id,
          .words = "/dev/mqueue: its own message queues",
          .type = "mqueue",
          .target = "/dev/mqueue",
          .flags = safe};
}

// Its own part of each tree, in its own cgroup namespace: cgroup_namespaces(7). Version 1
// has one for each controller or two, under names of each one of them.
void add_cgroups(std::vector<mnt::place>& to, const asked& what) {
  const unsigned long flags = safe | (what.privileged ? 0 : MS_RDONLY);
  const std::string top = "/sys/fs/cgroup";
  const auto trees = cgroup::hierarchies(cgroup::beyond_limits);
  if (trees.at(0).version == 2)
    return to.push_back({.id = "sys.cgroup"_id,
                         .words = top + ": its own group",
                         .type = "cgroup2",
                         .target = top,
                         .flags = flags});
  mnt::place above{.id = "sys.cgroup"_id,
                   .words = top + ": its own groups, in memory",
                   .type = "tmpfs",
                   .target = top,
                   .flags = safe,
                   .data = "mode=755,size=4k"};
  std::vector<mnt::place> each;
  for (const auto& one : trees) {
    if (!cgroup::is_used(one.controllers, what.limits)) continue;
    const auto names = fmt::format("{}", fmt::join(one.controllers, ","));
    each.push_back({.id = "sys.cgroup.v1"_id,
                    .words = fmt::format("{}/{}: its own group", top, names),
                    .type = "cgroup",
                    .target = fmt::format("{}/{}", top, names),
                    .flags = flags,
                    .data = names});
    above.nodes.push_back({.name = names, .mode = S_IFDIR | 0755});
    if (one.controllers.size() < 2) continue;
    for (const auto& name : one.controllers)
      above.nodes.push_back({.id = "sys.cgroup.link"_id, .name = name, .link = names});
  }
  to.push_back(std::move(above));
  to.insert(to.end(), each.begin(), each.end());
}

unsigned long read_only_if(bool wanted) { return wanted ? MS_RDONLY : 0; }

unsigned long propagation_of(const added_mount& one) {
  if (one.propagation == "rslave") return MS_SLAVE;
  return one.propagation == "rshared" ? MS_SHARED : 0;
}

mnt::place place_of(const added_mount& one) {
  using kind = added_mount::kind;
  if (one.is == kind::tmpfs)
    return {.id = "tmpfs"_id,
            .words = one.target + ": memory",
            .type = "tmpfs",
            .target = one.target,
            .flags = one.flags | read_only_if(one.read_only),
            .data = one.options};
  const bool ours = one.is == kind::volume;
  return {.words = (ours ? "the volume " : "the host's ") + one.source,
          .type = "bind",
          .source = ours ? volume::data_of(one.source) : one.source,
          .target = one.target,
          .flags = MS_REC | read_only_if(one.read_only),
          .propagation = propagation_of(one)};
}

mnt::place& place_at(std::vector<mnt::place>& all, const std::string& target) {
  return *std::ranges::find(all, target, &mnt::place::target);
}

mnt::node node_of(const std::string& host_path, std::string name) {
  struct stat is {};
  sys::check("stat", host_path, [&] { return ::stat(host_path.c_str(), &is); });
  if (!S_ISCHR(is.st_mode) && !S_ISBLK(is.st_mode))
    throw usage_error(fmt::format("--device {}: it is no device", host_path));
  return {.id = "dev.more"_id,
          .name = std::move(name),
          .device = is.st_rdev,
          .mode = is.st_mode};
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

void add_devices(const asked& what, std::vector<mnt::node>& to) {
  if (what.privileged) add_all_devices(to);
  for (const auto& one : what.devices) {
    constexpr std::string_view above = "/dev/";
    std::erase_if(
        to, [&](auto& old) { return above.data() + old.name == one.container_path; });
    to.push_back(node_of(one.host_path, one.container_path.substr(above.size())));
  }
}

// Its owner answers it, and asks the others: network/dns_server.hpp.
std::string own_resolver(resolver wanted) {
  std::string all = fmt::format("nameserver {}\n", network::resolver_address);
  std::istringstream host(mnt::resolvers());
  for (std::string line; std::getline(host, line);)
    if (line.starts_with("search ") && wanted.search.empty()) all += line + "\n";
  if (!wanted.search.empty())
    all += fmt::format("search {}\n", fmt::join(wanted.search, " "));
  if (wanted.options.empty()) wanted.options = {"ndots:0"};
  return all + fmt::format("options {}\n", fmt::join(wanted.options, " "));
}

std::string resolvers(const resolver& wanted) {
  if (wanted.servers.empty() && wanted.search.empty() && wanted.options.empty())
    return mnt::resolvers();
  std::string all;
  if (wanted.servers.empty()) all = mnt::resolvers();
  for (const auto& one : wanted.servers) all += fmt::format("nameserver {}\n", one);
  if (!wanted.search.empty())
    all += fmt::format("search {}\n", fmt::join(wanted.search, " "));
  if (!wanted.options.empty())
    all += fmt::format("options {}\n", fmt::join(wanted.options, " "));
  return all;
}

// Of what the container shares with the host, that shows.
void share(const asked& what, std::vector<mnt::place>& all) {
  if (what.privileged) place_at(all, "/sys").flags &= ~std::uint64_t{MS_RDONLY};
  if (!what.shared_memory)
    std::erase_if(all, [](const auto& one) { return one.target == "/dev/shm"; });
  if (what.shares.ipc.none()) return;
  auto& memory = place_at(all, "/dev/shm");  // or another's, which lies there then
  memory = {.words = "/dev/shm: shared memory",
            .type = "bind",
            .source = "/dev/shm",
            .target = "/dev/shm"};
}

}  // namespace

bool write_setting(int root, const char* path, const char* value) {
  const auto file = sys::find_in_root(root, path, O_WRONLY);
  struct statfs is {};
  if (!file || ::fstatfs(file->get(), &is) == -1 || is.f_type != PROC_SUPER_MAGIC)
    return false;
  sys::check("write", path, [&] {
    return ::write(file->get(), value, std::char_traits<char>::length(value));
  });
  return true;
}

security::device_rule rule_of(const device& one) {
  const auto node = node_of(one.host_path, {});
  return {.type = S_ISBLK(node.mode) ? 'b' : 'c',
          .number = major(node.device),
          .minor = minor(node.device),
          .access = one.access};
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

void make_sources(const asked& what) {
  for (const auto& one : what.mounts)
    if (one.is == added_mount::kind::bind && one.makes_source && !sys::exists(one.source))
      make_path(one.source);
}

std::string resolvers_of(const asked& what) {
  return what.on_user_network() ? own_resolver(what.names) : resolvers(what.names);
}

// The file that we made has no name anywhere but there; one of the image's or of the
// host's, mounted over it, has.
void renew_resolvers(int root, const asked& before, const asked& now) {
  const char* path = "/etc/resolv.conf";
  const auto file = sys::find_in_root(root, path, O_RDWR);
  struct stat is {};
  if (!file || ::fstat(file->get(), &is) == -1 || is.st_nlink != 0) return;
  if (sys::read_all(file->get(), path) != resolvers_of(before)) return;
  const std::string text = resolvers_of(now);
  sys::check("pwrite", path,
             [&] { return ::pwrite(file->get(), text.data(), text.size(), 0); });
  sys::check("ftruncate", path,
             [&] { return ::ftruncate(file->get(), static_cast<off_t>(text.size())); });
}

std::vector<mnt::place> places_of(const asked& what) {
  auto all = mnt::defaults(what.hostname);
  all.push_back(message_queues());
  add_cgroups(all, what);
  place_at(all, "/etc/resolv.conf").data = resolvers_of(what);
  place_at(all, "/dev/shm").data = fmt::format("mode=1777,size={}", what.shm_bytes);
  add_devices(what, place_at(all, "/dev").nodes);
  share(what, all);
  auto mounts = what.mounts;  // an outer one first, or it would hide the inner one
  std::ranges::stable_sort(mounts, {}, [](const added_mount& one) {
    return std::ranges::count(one.target, '/');
  });
  for (const auto& one : mounts) all.push_back(place_of(one));
  return all;
}

void name_hosts(std::vector<mnt::place>& places, const asked& what,
                const std::string& address, const std::string& gateway) {
  if (!address.empty()) mnt::give_address(places, what.hostname, address);
  auto& hosts = place_at(places, "/etc/hosts").data;
  for (const auto& one : what.hosts)
    hosts += fmt::format("{}\t{}\n", one.address == host_gateway ? gateway : one.address,
                         one.name);
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
