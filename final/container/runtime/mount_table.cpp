// SPDX-License-Identifier: MIT
#include "container/runtime/mount_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <algorithm>

#include "03-mnt/defaults.hpp"
#include "04-cgroups/hierarchy.hpp"
#include "common/narration.hpp"
#include "common/sys.hpp"
#include "volume/volume.hpp"

namespace zoomin::container {

namespace {

using sys::operator""_id;

// --- cgroups ---

// Returns the mounts of version 1's hierarchies. A hierarchy with several controllers is
// mounted once, with a link for each controller.
std::vector<mnt::mount_entry> hierarchies_of_v1(
    const mnt::mount_entry& entry, const std::vector<cgroup::hierarchy>& trees,
    bool needs_cpuset) {
  const std::string& top = entry.target;
  std::vector<mnt::mount_entry> mounts{{.id = "sys.cgroup"_id,
                                        .words = "its own cgroups, in memory",
                                        .subject = "cgroup",
                                        .type = "tmpfs",
                                        .target = top,
                                        .flags = entry.flags & ~MS_RDONLY,
                                        .data = "mode=755,size=4k"}};
  for (const auto& tree : trees) {
    if (!cgroup::is_used(tree.controllers, needs_cpuset)) continue;
    const auto names = fmt::format("{}", fmt::join(tree.controllers, ","));
    mounts.push_back({.id = "sys.cgroup.v1"_id,
                      .words = "its own cgroup",
                      .subject = names,
                      .type = "cgroup",
                      .target = fmt::format("{}/{}", top, names),
                      .flags = entry.flags,
                      .data = names});
    auto& links = mounts.front().nodes;
    links.push_back({.name = names, .mode = S_IFDIR | 0755});
    if (tree.controllers.size() < 2) continue;
    for (const auto& name : tree.controllers)
      links.push_back({.id = "sys.cgroup.link"_id, .name = name, .link = names});
  }
  return mounts;
}

// Returns the mounts of the container's own part of each hierarchy. They are made in its
// cgroup namespace, cgroup_namespaces(7).
std::vector<mnt::mount_entry> hierarchies_of(mnt::mount_entry entry, bool needs_cpuset) {
  const auto trees = cgroup::hierarchies(cgroup::extra_controllers);
  if (trees.at(0).version != 2) return hierarchies_of_v1(entry, trees, needs_cpuset);
  entry.id = "sys.cgroup"_id;
  entry.words = "its own cgroup";
  entry.subject = "cgroup";
  entry.type = "cgroup2";
  return {entry};
}

// --- the words of the narration ---

// Copies the narration's text from the default mount with the same type and target.
// Returns false if there is no such default mount.
bool name_as_default(const std::vector<mnt::mount_entry>& defaults,
                     mnt::mount_entry& entry) {
  const auto known = std::ranges::find_if(defaults, [&](const auto& other) {
    return other.type == entry.type && other.target == entry.target;
  });
  if (known == defaults.end()) return false;
  entry.id = known->id;
  entry.words = known->words;
  entry.subject = known->subject;
  for (auto& node : entry.nodes) {
    const auto same = std::ranges::find(known->nodes, node.name, &mnt::node::name);
    node.id = same == known->nodes.end() ? "dev.more"_id : same->id;
  }
  return true;
}

// Returns "the volume data" or "the host's /srv".
std::string source_words(const std::string& source) {
  constexpr std::string_view below = "/data";
  const auto start = volume::data_of("");
  const auto top = start.substr(0, start.size() - below.size());
  if (source.starts_with(top) && source.ends_with(below)) {
    const auto name = source.substr(top.size(), source.size() - start.size());
    if (name.find('/') == std::string::npos) return "the volume " + name;
  }
  return "the host's " + source;
}

void name_mount(const std::vector<mnt::mount_entry>& defaults, mnt::mount_entry& entry) {
  if (!entry.words.empty() || name_as_default(defaults, entry)) return;
  if (entry.type == "mqueue") {
    entry.id = "dev.mqueue"_id;
    entry.words = "its own message queues";
    entry.subject = "mqueue";
  } else if (entry.type == "tmpfs") {
    entry.id = "tmpfs"_id;
    entry.words = "in memory";
  } else if (entry.type == "bind") {
    entry.words = entry.target == "/dev/shm" && entry.source == entry.target
                      ? "shared memory"
                      : source_words(entry.source);
  }
}

}  // namespace

std::vector<mnt::mount_entry> mount_table(const oci_config& config) {
  std::vector<mnt::mount_entry> mounts;
  for (const auto& entry : config.mounts) {
    if (entry.type != "cgroup") {
      mounts.push_back(entry);
      continue;
    }
    for (auto& mount : hierarchies_of(entry, config.limits.needs_cpuset()))
      mounts.push_back(std::move(mount));
  }
  if (!narration::watched({"tmpfs"_id, {}})) return mounts;
  const auto defaults = mnt::defaults(config.hostname);
  for (auto& entry : mounts) name_mount(defaults, entry);
  return mounts;
}

void add_standard_links(mnt::mount_entry& devices) {
  devices.nodes.insert(devices.nodes.end(),
                       {{.name = "fd", .link = "/proc/self/fd"},
                        {.name = "stdin", .link = "/proc/self/fd/0"},
                        {.name = "stdout", .link = "/proc/self/fd/1"},
                        {.name = "stderr", .link = "/proc/self/fd/2"},
                        {.name = "ptmx", .link = "pts/ptmx"}});
}

}  // namespace zoomin::container
