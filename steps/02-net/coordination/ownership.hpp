// SPDX-License-Identifier: MIT
// ownership: which process owns a resource on the host, decided by file locks alone.
//
// Each file stands for a resource. The process that holds its flock(2) owns the resource,
// and the kernel releases the lock when the process dies, however it dies: so no dead
// process owns anything, and two processes can't take over the same resource. The files
// are never unlinked, since a process that has opened one before could still lock it.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "common/fd.hpp"

namespace zoomin::net {

// A lock file, created if it doesn't exist. Its content outlives its owner, and tells the
// next owner what to undo.
class lock_file {
 public:
  lock_file() = default;
  explicit lock_file(std::string path);

  bool try_lock(bool exclusive = true);
  void lock();  // waits
  void unlock();
  [[nodiscard]] std::string content() const;
  void write(const std::string& content);  // replaces the content
  void remove();  // unlinks the file; no other process may be waiting for the lock
  explicit operator bool() const { return static_cast<bool>(fd_); }

 private:
  std::string path_;
  unique_fd fd_;
};

// An object on the host that several processes use: the first makes it, the last removes
// it. Each user holds a shared lock; a process that gets it exclusively is the only user.
// A second lock, the door, lets one process at a time join or leave.
class shared_object {
 public:
  // Joins. `join` runs with the door lock and the object's record. `alone` is true if
  // there are no other users; what killed users left behind may still exist.
  shared_object(const std::string& path,
                const std::function<void(lock_file& record, bool alone)>& join);
  shared_object(shared_object&&) noexcept = default;
  shared_object& operator=(shared_object&&) = delete;

  // Leaves. Runs `unmake` if there are no other users.
  void leave(const std::function<void(lock_file&)>& unmake);
  // Runs `unmake` and returns true if the object has no users. The caller isn't one.
  static bool if_unused(const std::string& path,
                        const std::function<void(lock_file&)>& unmake);
  // Holds the door lock as long as the result exists: nobody joins or leaves meanwhile.
  [[nodiscard]] lock_file lock_door() const;
  [[nodiscard]] lock_file& record() { return members_; }

 private:
  std::string path_;
  lock_file members_;
};

}  // namespace zoomin::net
