// SPDX-License-Identifier: MIT
#include "common/error.hpp"

#include <unistd.h>

#include <cerrno>

namespace zoomin {

namespace sys {

error::error(int code, std::string call, std::string object, std::string hint)
    : std::system_error(code, std::system_category(), call + "(" + object + ")"),
      call_(std::move(call)),
      object_(std::move(object)),
      hint_(std::move(hint)) {}

}  // namespace sys

std::string hint_for(const sys::error& failure) {
  if (!failure.hint().empty()) return failure.hint();
  switch (failure.number()) {
    case EPERM:
    case EACCES:
      if (geteuid() != 0) return "containers need root: run it with sudo";
      return "root lacks a capability here, or a security module or filter forbids it";
    case EROFS:
      if (failure.object().find("/sys/fs/cgroup") == std::string::npos) return {};
      return "this container may not change cgroups: run it on a host, or in a container "
             "started with --privileged";
    case EINVAL:
      if (failure.call() != "pivot_root") return {};
      return "is the mount tree private, and is the new root a mount of its own?";
    case ENOSYS:
      return "this kernel is too old (5.14 or newer is needed) or a filter forbids the "
             "call";
    case EFBIG:
      return "a file exceeds `ulimit -f` or the file system's maximum file size";
    case ENOSPC:
      return "a disk is full, or a kernel limit (user namespaces, inotify) is reached";
    case ENOMEM:
      return "the machine, or the cgroup that this runs in, is out of memory";
    case EMFILE:
    case ENFILE:
      return "too many open files: raise `ulimit -n`";
    case EAGAIN:
      return "too many processes: raise `ulimit -u` or the pids limit of this cgroup";
    case E2BIG:
      return "argument list too long: execve(2) accepts at most 128 KiB for each "
             "argument "
             "and variable, and a quarter of `ulimit -s` in total";
    default:
      return {};
  }
}

int exit_status_of(const sys::error& failure) {
  if (failure.call() != "execve" && failure.call() != "chdir") return 125;
  return failure.number() == ENOENT || failure.number() == ENOTDIR ? 127 : 126;
}

}  // namespace zoomin
