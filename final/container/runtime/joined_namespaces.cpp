// SPDX-License-Identifier: MIT
#include "container/runtime/joined_namespaces.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include "common/sys.hpp"
#include "container/runtime/join_namespaces.hpp"
#include "container/runtime/rootfs.hpp"
#include "security/self_protection.hpp"

namespace zoomin::container {

namespace {

// Returns nothing if the namespace isn't joined.
unique_fd open_joined(const oci_config& config, std::uint64_t flag) {
  for (const auto& entry : config.namespaces)
    if (entry.flag == flag && !entry.path.empty()) return sys::open(entry.path, O_RDONLY);
  return {};
}

// Returns a copy of the mount at /dev/shm. A mount can be copied only in its own mount
// namespace, open_tree(2), so a child does it there.
unique_fd memory_of(const std::string& mount_namespace) {
  if (mount_namespace.empty()) return {};
  const unique_fd home = sys::open(mount_namespace, O_RDONLY);
  auto child = spawn_in_mount_namespace(home, [](pid::gate& gate) {
    const unique_fd top = sys::open("/", O_PATH | O_DIRECTORY);
    const unique_fd memory =
        sys::open_in_root(top.get(), "/dev/shm", O_PATH | O_DIRECTORY | O_NOFOLLOW);
    const unique_fd tree =
        sys::open_tree(sys::quiet, memory.get(), "", OPEN_TREE_CLONE | AT_EMPTY_PATH);
    gate.send_descriptor(tree.get());
  });
  return receive_descriptor(child, "/dev/shm");
}

}  // namespace

joined_namespaces::joined_namespaces(const oci_config& config)
    : network_(open_joined(config, CLONE_NEWNET)),
      processes_(open_joined(config, CLONE_NEWPID)),
      memory_(open_joined(config, CLONE_NEWIPC)),
      name_(open_joined(config, CLONE_NEWUTS)),
      cgroups_(open_joined(config, CLONE_NEWCGROUP)),
      memory_tree_(memory_of(config.shared_memory)) {}

// A joined PID namespace takes effect only for children, setns(2). Afterwards this
// process joins its own again.
pid::child joined_namespaces::spawn(const pid::spawn_options& options,
                                    const std::function<void(pid::gate&)>& inside) const {
  if (!processes_) return pid::spawn(options, inside);
  security::leave_program(true);  // processes there can see the child at once
  join_namespaces(processes_.get(), CLONE_NEWPID);
  auto child = pid::spawn(options, inside);
  join_namespaces(sys::pidfd_open(::getpid()).get(), CLONE_NEWPID);
  return child;
}

void joined_namespaces::enter() const {
  if (cgroups_) join_namespaces(cgroups_.get(), CLONE_NEWCGROUP);
  if (name_) join_namespaces(name_.get(), CLONE_NEWUTS);
  if (network_) join_namespaces(network_.get(), CLONE_NEWNET);
}

void joined_namespaces::enter_memory() const {
  if (!memory_) return;
  join_namespaces(memory_.get(), CLONE_NEWIPC);
  if (!memory_tree_) return;
  const unique_fd directory = sys::open("/dev/shm", O_PATH | O_DIRECTORY);
  sys::move_mount(sys::quiet, memory_tree_.get(), directory.get(), "", "/dev/shm");
}

}  // namespace zoomin::container
