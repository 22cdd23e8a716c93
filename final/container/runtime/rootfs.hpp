// SPDX-License-Identifier: MIT
// rootfs: a container's files as the container has them, volumes and all, for a process
// of the host's.
//
// Not /proc/PID/root: the container's process may have chosen another, chroot(2). A child
// of ours enters its mount namespace instead; where it doesn't run, the child mounts all
// in a namespace of its own, and the container's lock keeps it from being started: two
// overlays of one writable layer would see each other's changes half.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "01-pid/pid.hpp"
#include "common/fd.hpp"

namespace zoomin::container {

class rootfs {
 public:
  // Says whether volumes and other mounts are included, or the root file system alone.
  enum class extent { all, root_alone };
  // Waits, about a minute at most, while another copy holds the container or it is just
  // being started; then throws usage_error.
  explicit rootfs(const std::string& reference, extent wanted = extent::all);
  // To be used with openat2(2) and RESOLVE_IN_ROOT alone.
  [[nodiscard]] int get() const { return directory_.get(); }

 private:
  std::optional<unique_fd> lock_;
  std::optional<pid::child> keeper_;  // of the namespace
  unique_fd directory_;
};

// A child of ours in the mount namespace of process `first` (a pidfd), which stays for as
// long as the result lives and hands out what `inside` gives it.
pid::child visitor(const unique_fd& first, const std::function<void(pid::gate&)>& inside);
// The descriptor that it, or another such child, hands out. Throws what `inside` threw.
unique_fd handed_by(pid::child& child, const std::string& text);

// Of a running container: it can't become another process by chance, since once we hold
// the pidfd, its number is still in the container's cgroup. Throws usage_error where it
// isn't running.
unique_fd first_process(const std::string& id, const std::string& reference);

}  // namespace zoomin::container
