// SPDX-License-Identifier: MIT
#include "container/runtime/init.hpp"

#include <fcntl.h>

#include <algorithm>

#include "03-mnt/mnt.hpp"
#include "03-mnt/target.hpp"
#include "common/chroot.hpp"
#include "common/sys.hpp"
#include "container/runtime/explain.hpp"
#include "container/runtime/mounts.hpp"
#include "security/security.hpp"
#include "security/self_protection.hpp"

namespace zoomin::container {

namespace {

bool is_below(const std::string& path, const mnt::mount_entry& entry) {
  return (path + "/").starts_with(entry.target + "/");
}

// Where it begins, and the image has nothing: in a read-only root it can't be made later.
void make_directory(const std::string& root, const oci_config& config) {
  const std::string& path = config.first.directory;
  if (std::ranges::any_of(config.mounts, [&](auto& one) { return is_below(path, one); }))
    return;
  const unique_fd top = sys::open(root, O_PATH | O_DIRECTORY);
  try {
    mnt::open_target(top.get(), path, true);
  } catch (const sys::error& failure) {
    throw sys::error(failure.number(), "mkdir", path,
                     "--workdir, or the image, names it");
  }
}

// The container's side, from the gate's opening to the last step before execve.
void enter(const oci_config& config, const host_resources& its, inner_ends& ends,
           pid::gate& door, std::vector<std::string>& environment) {
  security::leave_program(config.init);  // before that counts as the container's
  arrow("inside: its names and its network");
  const auto own = config.new_namespaces();
  set_oom_score(config.first.oom_score_adj);
  its.group.join();
  if ((own & CLONE_NEWCGROUP) != 0) cgroup::enter();
  if ((own & CLONE_NEWUTS) != 0) pid::set_hostname(config.hostname);
  its.others.enter();
  if ((own & CLONE_NEWNET) != 0) its.network.configure();
  arrow("Create MNT namespace + union filesystem");
  auto mounts = config.mounts;
  mnt::copy_shared(mounts);
  mnt::make_private();
  its.others.enter_memory();
  const auto root = overlay::mount(config.layers, its.top, door);
  fill_volumes(root, config.fills);
  if (config.read_only) make_directory(root, config);
  security::masks masks(config.hidden);
  mnt::enter_root(root, mounts, config.read_only);
  set_sysctls(config.sysctls);
  masks.apply();
  arrow("what no arrow shows: its user, its rights, its system calls");
  become(config.first, ends, door, environment, true);
}

// Its own CGROUP namespace is made once it is in its group, cgroup_namespaces(7).
pid::spawn_options birth_of(const oci_config& config, const cgroup::group& group) {
  return {.namespaces = config.new_namespaces() & ~std::uint64_t{CLONE_NEWCGROUP},
          .cgroup = group.fd(),
          .command = config.first.command,
          .environment = config.first.environment,
          .init = config.init,
          .session = true};
}

}  // namespace

pid::child spawn_init(const oci_config& config, const host_resources& its,
                      inner_ends& ends) {
  auto birth = birth_of(config, its.group);
  chroot::note();
  arrow("Create PID namespace, and the others; fork()");
  auto child = its.others.spawn(
      birth, [&](pid::gate& door) { enter(config, its, ends, door, birth.environment); });
  ends = {};
  arrow("Create NET namespace + bridge interface: the cable");
  its.network.connect(child.id());
  if (its.network.can_forge()) its.others.pin_network();
  child.release();
  // It has made its nodes in /dev; from here on nothing inside makes another.
  security::confine_devices(its.group, config.devices);
  its.network.settle();
  return child;
}

namespace {

constexpr std::uint64_t joined =
    CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWCGROUP;

// Without it nobody inside may trace who has more rights, ptrace(2), so there is nothing
// to hide; and being unseen takes one more of the container's processes for a moment.
bool may_trace(const process& process) {
  return std::ranges::find(process.confinement.capabilities, "CAP_SYS_PTRACE") !=
         process.confinement.capabilities.end();
}

}  // namespace

pid::child spawn_exec(const cgroup::group& group, int first, const process& process,
                      inner_ends& ends) {
  pid::spawn_options birth{.namespaces = 0,
                           .cgroup = group.fd(),
                           .command = process.command,
                           .environment = process.environment,
                           .session = true,
                           .unseen = may_trace(process)};
  if (!birth.unseen)
    birth.before = [&] {
      security::leave_program();
      pid::join(first, CLONE_NEWPID);
    };
  auto child = pid::spawn(birth, [&](pid::gate& door) {
    security::leave_program();
    set_oom_score(process.oom_score_adj);
    group.join();
    pid::join(first, joined | (birth.unseen ? CLONE_NEWPID : 0));
    become(process, ends, door, birth.environment, false);
  });
  ends = {};
  child.release();
  return child;
}

}  // namespace zoomin::container
