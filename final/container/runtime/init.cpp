// SPDX-License-Identifier: MIT
#include "container/runtime/init.hpp"

#include <fcntl.h>

#include <algorithm>

#include "03-mnt/mnt.hpp"
#include "03-mnt/target.hpp"
#include "common/chroot.hpp"
#include "common/sys.hpp"
#include "container/runtime/explain.hpp"
#include "container/runtime/join_namespaces.hpp"
#include "container/runtime/mount_table.hpp"
#include "container/runtime/mounts.hpp"
#include "container/runtime/propagation.hpp"
#include "security/security.hpp"
#include "security/self_protection.hpp"

namespace zoomin::container {

namespace {

bool is_below(const std::string& path, const mnt::mount_entry& entry) {
  return (path + "/").starts_with(entry.target + "/");
}

// Creates the working directory if the image doesn't have it. This isn't possible later
// if the root becomes read-only.
void make_working_directory(const std::string& root, const oci_config& config) {
  const std::string& path = config.init_process.directory;
  if (std::ranges::any_of(config.mounts,
                          [&](auto& entry) { return is_below(path, entry); }))
    return;
  const unique_fd top = sys::open(root, O_PATH | O_DIRECTORY);
  try {
    mnt::open_target(top.get(), path, true);
  } catch (const sys::error& failure) {
    throw sys::error(failure.number(), "mkdir", path,
                     "the path comes from Config.WorkingDir or the image");
  }
}

// Sets up the container from inside, from the opening of the gate to the last step before
// execve.
void enter(const oci_config& config, std::vector<mnt::mount_entry>& mounts,
           const host_resources& host, inner_ends& ends, pid::gate& gate,
           std::vector<std::string>& environment) {
  security::release_program_file(
      config.init);  // while its pages still count as the monitor's
  arrow("inside the container: host name and network");
  const auto created = config.new_namespaces();
  set_oom_score(config.init_process.oom_score_adj);
  host.group.join();
  if ((created & CLONE_NEWCGROUP) != 0) cgroup::enter();
  if ((created & CLONE_NEWUTS) != 0) pid::set_hostname(config.hostname);
  host.joined.enter();
  if ((created & CLONE_NEWNET) != 0) host.network.configure();
  arrow("Create MNT namespace + union filesystem");
  copy_shared_binds(mounts);
  mnt::make_private();
  host.joined.enter_ipc();
  const auto root = overlay::mount(config.layers, host.writable, gate);
  fill_volumes(root, config.fills);
  if (config.read_only) make_working_directory(root, config);
  security::masks masks(config.hidden);
  mnt::enter_root(root, mounts, config.read_only);
  set_sysctls(config.sysctls);
  masks.apply();
  arrow("not in the diagram: user, privileges, system calls");
  become(config.init_process, ends, gate, environment, true);
}

// Returns the options to spawn init. Its cgroup namespace is created later, once init is
// in its group, cgroup_namespaces(7).
pid::spawn_options spawn_options_of(const oci_config& config,
                                    const cgroup::group& group) {
  return {.namespaces = config.new_namespaces() & ~std::uint64_t{CLONE_NEWCGROUP},
          .cgroup = group.fd(),
          .command = config.init_process.command,
          .environment = config.init_process.environment,
          .init = config.init,
          .session = true};
}

}  // namespace

pid::child spawn_init(const oci_config& config, const host_resources& host,
                      inner_ends& ends) {
  auto options = spawn_options_of(config, host.group);
  auto mounts = mount_table(config);
  chroot::note();
  arrow("Create PID namespace, and the others; fork()");
  auto child = host.joined.spawn(options, [&](pid::gate& gate) {
    enter(config, mounts, host, ends, gate, options.environment);
  });
  ends = {};
  arrow("Create NET namespace + bridge interface: the cable");
  host.network.connect(child.id());
  child.release();
  // Init has created its nodes in /dev. From here on no process in the container can
  // create others.
  security::confine_devices(host.group, config.devices);
  host.network.settle();
  return child;
}

namespace {

constexpr std::uint64_t joined_by_exec =
    CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWCGROUP;

// Returns true if the process may trace others. Without CAP_SYS_PTRACE no process in the
// container may trace a process with more privileges, ptrace(2), so an exec needn't be
// hidden from them. Hiding it needs an additional process in the container for a moment.
bool may_trace(const process& process) {
  return std::ranges::find(process.confinement.capabilities, "CAP_SYS_PTRACE") !=
         process.confinement.capabilities.end();
}

}  // namespace

pid::child spawn_exec(const cgroup::group& group, int init, const process& process,
                      inner_ends& ends) {
  pid::spawn_options options{.namespaces = 0,
                             .cgroup = group.fd(),
                             .command = process.command,
                             .environment = process.environment,
                             .session = true,
                             .unseen = may_trace(process)};
  if (!options.unseen)
    options.before = [&] {
      security::release_program_file();
      join_namespaces(init, CLONE_NEWPID);
    };
  auto child = pid::spawn(options, [&](pid::gate& gate) {
    security::release_program_file();
    set_oom_score(process.oom_score_adj);
    group.join();
    join_namespaces(init, joined_by_exec | (options.unseen ? CLONE_NEWPID : 0));
    become(process, ends, gate, options.environment, false);
  });
  ends = {};
  child.release();
  return child;
}

}  // namespace zoomin::container
