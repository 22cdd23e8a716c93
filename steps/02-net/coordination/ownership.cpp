// SPDX-License-Identifier: MIT
#include "02-net/coordination/ownership.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include "common/sys.hpp"

namespace zoomin::net {

lock_file::lock_file(std::string path)
    : path_(std::move(path)), fd_(sys::open(path_, O_RDWR | O_CREAT, 0600)) {}

bool lock_file::try_lock(bool exclusive) { return sys::try_lock(fd_.get(), exclusive); }

void lock_file::lock() { sys::lock(fd_.get()); }

void lock_file::unlock() { ::flock(fd_.get(), LOCK_UN); }

std::string lock_file::content() const { return sys::read_stored(path_); }

void lock_file::write(const std::string& content) {
  sys::check("ftruncate", path_, [&] { return ::ftruncate(fd_.get(), 0); });
  if (content.empty()) return;
  sys::check("pwrite", path_,
             [&] { return ::pwrite(fd_.get(), content.data(), content.size(), 0); });
}

void lock_file::remove() { ::unlink(path_.c_str()); }

shared_object::shared_object(const std::string& path,
                             const std::function<void(lock_file&, bool)>& join)
    : path_(path) {
  const lock_file door = lock_door();
  members_ = lock_file(path + ".members.lock");
  join(members_, members_.try_lock());
  // flock(2) doesn't change an exclusive lock to a shared one atomically, but the door
  // lock keeps all others out.
  members_.try_lock(false);
}

namespace {

lock_file door_of(const std::string& path) {
  lock_file door(path + ".door.lock");
  door.lock();
  return door;
}

}  // namespace

lock_file shared_object::lock_door() const { return door_of(path_); }

bool shared_object::if_unused(const std::string& path,
                              const std::function<void(lock_file&)>& unmake) {
  const lock_file door = door_of(path);
  lock_file members(path + ".members.lock");
  if (!members.try_lock()) return false;
  unmake(members);
  return true;
}

void shared_object::leave(const std::function<void(lock_file&)>& unmake) {
  const lock_file door = lock_door();
  if (members_.try_lock()) unmake(members_);
  members_ = {};
}

}  // namespace zoomin::net
