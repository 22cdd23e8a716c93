// SPDX-License-Identifier: MIT
#include "container/runtime/mounts.hpp"
#include "base/field_error.hpp"

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

#include "03-mnt/defaults.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"
#include "network/dns_server.hpp"
#include "volume/volume.hpp"

namespace zoomin::container {

namespace {

constexpr unsigned long safe_flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;

mnt::mount_entry message_queues() {
  return {.type = "mqueue", .target = "/dev/mqueue", .flags = safe_flags};
}

mnt::mount_entry control_groups(const container_spec& spec) {
  return {.type = "cgroup",
          .target = "/sys/fs/cgroup",
          .flags = safe_flags | (spec.privileged ? 0 : MS_RDONLY)};
}

unsigned long read_only_flag(bool read_only) { return read_only ? MS_RDONLY : 0; }

unsigned long propagation_of(const requested_mount& mount) {
  if (mount.propagation == "rslave") return MS_SLAVE;
  return mount.propagation == "rshared" ? MS_SHARED : 0;
}

mnt::mount_entry entry_of(const requested_mount& mount) {
  using kind = requested_mount::kind;
  if (mount.type == kind::tmpfs)
    return {.type = "tmpfs",
            .target = mount.target,
            .flags = mount.flags | read_only_flag(mount.read_only),
            .data = mount.options};
  const bool is_volume = mount.type == kind::volume;
  return {.type = "bind",
          .source = is_volume ? volume::data_of(mount.source) : mount.source,
          .target = mount.target,
          .flags = MS_REC | read_only_flag(mount.read_only),
          .propagation = propagation_of(mount)};
}

mnt::mount_entry& entry_at(std::vector<mnt::mount_entry>& entries,
                           const std::string& target) {
  return *std::ranges::find(entries, target, &mnt::mount_entry::target);
}

mnt::node node_of(const std::string& host_path, std::string name) {
  struct stat info {};
  sys::check("stat", host_path, [&] { return ::stat(host_path.c_str(), &info); });
  if (!S_ISCHR(info.st_mode) && !S_ISBLK(info.st_mode))
    throw base::field_error("HostConfig.Devices",
                            fmt::format("{}: not a device", host_path));
  return {.name = std::move(name), .device = info.st_rdev, .mode = info.st_mode};
}

// Adds all devices of the host's /dev that the container doesn't have yet, for
// --privileged.
void add_all_devices(std::vector<mnt::node>& to) {
  std::error_code none;
  for (auto entry = std::filesystem::recursive_directory_iterator("/dev", none);
       entry != std::filesystem::recursive_directory_iterator(); entry.increment(none)) {
    const std::string path = entry->path(), name = path.substr(strlen("/dev/"));
    if (name == "pts" || name == "shm") entry.disable_recursion_pending();
    const auto kind = entry->symlink_status(none).type();
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
    constexpr std::string_view directory = "/dev/";
    std::erase_if(to, [&](auto& old) {
      return directory.data() + old.name == device.container_path;
    });
    to.push_back(
        node_of(device.host_path, device.container_path.substr(directory.size())));
  }
}

// Returns a resolv.conf(5) that names the monitor's DNS server, which forwards queries
// that it can't answer: network/dns_server.hpp.
std::string dns_server_conf(resolv_conf settings) {
  std::string conf = fmt::format("nameserver {}\n", network::dns_server_address);
  std::istringstream host(mnt::resolvers());
  for (std::string line; std::getline(host, line);)
    if (line.starts_with("search ") && settings.search.empty()) conf += line + "\n";
  if (!settings.search.empty())
    conf += fmt::format("search {}\n", fmt::join(settings.search, " "));
  if (settings.options.empty()) settings.options = {"ndots:0"};
  return conf + fmt::format("options {}\n", fmt::join(settings.options, " "));
}

std::string host_conf(const resolv_conf& settings) {
  if (settings.servers.empty() && settings.search.empty() && settings.options.empty())
    return mnt::resolvers();
  std::string conf;
  if (settings.servers.empty()) conf = mnt::resolvers();
  for (const auto& server : settings.servers)
    conf += fmt::format("nameserver {}\n", server);
  if (!settings.search.empty())
    conf += fmt::format("search {}\n", fmt::join(settings.search, " "));
  if (!settings.options.empty())
    conf += fmt::format("options {}\n", fmt::join(settings.options, " "));
  return conf;
}

// Adjusts the mounts to the namespaces that the container shares: a writable /sys if it
// is privileged, and no /dev/shm or a shared one.
void apply_sharing(const container_spec& spec, std::vector<mnt::mount_entry>& entries) {
  if (spec.privileged) entry_at(entries, "/sys").flags &= ~std::uint64_t{MS_RDONLY};
  if (!spec.shared_memory)
    std::erase_if(entries, [](const auto& entry) { return entry.target == "/dev/shm"; });
  if (spec.shares.ipc.is_private()) return;
  // The host's /dev/shm; another container's is mounted over it later.
  entry_at(entries, "/dev/shm") = {
      .type = "bind", .source = "/dev/shm", .target = "/dev/shm"};
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

// Creates the directory and its parents with mode 0755, whatever the umask is.
void make_path(const std::filesystem::path& directory) {
  if (sys::exists(directory)) return;
  make_path(directory.parent_path());
  sys::make_directory(sys::quiet, directory, 0755);
  sys::check("chmod", directory.string(),
             [&] { return ::chmod(directory.c_str(), 0755); });
}

}  // namespace

void make_sources(const container_spec& spec) {
  for (const auto& mount : spec.mounts)
    if (mount.type == requested_mount::kind::bind && mount.makes_source &&
        !sys::exists(mount.source))
      make_path(mount.source);
}

std::string resolv_conf_of(const container_spec& spec) {
  return spec.on_user_network() ? dns_server_conf(spec.names) : host_conf(spec.names);
}

// Rewrites only the file that zoomin created, which has no name, so that its link count
// is 0. A file of the image or of the host that is mounted over it has a name.
void rewrite_resolv_conf(int root, const container_spec& before,
                         const container_spec& now) {
  const char* path = "/etc/resolv.conf";
  const auto file = sys::find_in_root(root, path, O_RDWR);
  struct stat info {};
  if (!file || ::fstat(file->get(), &info) == -1 || info.st_nlink != 0) return;
  if (sys::read_all(file->get(), path) != resolv_conf_of(before)) return;
  const std::string text = resolv_conf_of(now);
  sys::check("pwrite", path,
             [&] { return ::pwrite(file->get(), text.data(), text.size(), 0); });
  sys::check("ftruncate", path,
             [&] { return ::ftruncate(file->get(), static_cast<off_t>(text.size())); });
}

std::vector<mnt::mount_entry> mounts_of(const container_spec& spec) {
  auto entries = mnt::defaults(spec.hostname);
  entries.push_back(message_queues());
  entries.push_back(control_groups(spec));
  entry_at(entries, "/etc/resolv.conf").data = resolv_conf_of(spec);
  entry_at(entries, "/dev/shm").data = fmt::format("mode=1777,size={}", spec.shm_bytes);
  add_devices(spec, entry_at(entries, "/dev").nodes);
  apply_sharing(spec, entries);
  auto mounts = spec.mounts;  // outer mounts first, or they would hide inner ones
  std::ranges::stable_sort(mounts, {}, [](const requested_mount& mount) {
    return std::ranges::count(mount.target, '/');
  });
  for (const auto& mount : mounts) entries.push_back(entry_of(mount));
  return entries;
}

void add_hosts(std::vector<mnt::mount_entry>& mounts, const container_spec& spec,
               const std::string& address, const std::string& gateway) {
  if (!address.empty()) mnt::give_address(mounts, spec.hostname, address);
  auto& hosts = entry_at(mounts, "/etc/hosts").data;
  for (const auto& host : spec.hosts)
    hosts += fmt::format(
        "{}\t{}\n", host.address == host_gateway ? gateway : host.address, host.name);
}

void set_sysctls(const std::vector<std::pair<std::string, std::string>>& settings) {
  const unique_fd root = sys::open("/", O_PATH | O_DIRECTORY);
  for (const auto& setting : settings) {
    const std::string& name = setting.first;
    const std::string& value = setting.second;
    std::string path = "/proc/sys/" + name;
    std::ranges::replace(path, '.', '/');
    base::pass_to_kernel("HostConfig.Sysctls", fmt::format("{}={}", name, value), [&] {
      if (!write_setting(root.get(), path.c_str(), value.c_str()))
        throw sys::error(ENOENT, "open", path);
    });
  }
}

}  // namespace zoomin::container
