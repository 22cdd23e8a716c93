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

// Opens a namespace that the container joins. Returns an empty descriptor if it doesn't
// join one of this type.
unique_fd open_joined(const oci_config& config, std::uint64_t flag) {
  for (const auto& entry : config.namespaces)
    if (entry.flag == flag && !entry.path.empty()) return sys::open(entry.path, O_RDONLY);
  return {};
}

// Returns a copy of the mount at /dev/shm. A mount can be copied only in its own mount
// namespace, open_tree(2), so a child does it there.
unique_fd copy_shm(const std::string& mount_namespace) {
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
    : net_(open_joined(config, CLONE_NEWNET)),
      pid_(open_joined(config, CLONE_NEWPID)),
      ipc_(open_joined(config, CLONE_NEWIPC)),
      uts_(open_joined(config, CLONE_NEWUTS)),
      cgroup_(open_joined(config, CLONE_NEWCGROUP)),
      shm_(copy_shm(config.shared_memory)) {}

// Joins the PID namespace, which takes effect only for children, setns(2), spawns the
// child, and joins this process's own namespace again.
pid::child joined_namespaces::spawn(const pid::spawn_options& options,
                                    const std::function<void(pid::gate&)>& inside) const {
  if (!pid_) return pid::spawn(options, inside);
  security::release_program_file(true);  // processes there can see the child at once
  join_namespaces(pid_.get(), CLONE_NEWPID);
  auto child = pid::spawn(options, inside);
  join_namespaces(sys::pidfd_open(::getpid()).get(), CLONE_NEWPID);
  return child;
}

void joined_namespaces::enter() const {
  if (cgroup_) join_namespaces(cgroup_.get(), CLONE_NEWCGROUP);
  if (uts_) join_namespaces(uts_.get(), CLONE_NEWUTS);
  if (net_) join_namespaces(net_.get(), CLONE_NEWNET);
}

void joined_namespaces::enter_ipc() const {
  if (!ipc_) return;
  join_namespaces(ipc_.get(), CLONE_NEWIPC);
  if (!shm_) return;
  const unique_fd directory = sys::open("/dev/shm", O_PATH | O_DIRECTORY);
  sys::move_mount(sys::quiet, shm_.get(), directory.get(), "", "/dev/shm");
}

}  // namespace zoomin::container
