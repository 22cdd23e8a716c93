// SPDX-License-Identifier: MIT
#include "container/log/follower.hpp"

#include <poll.h>
#include <sys/inotify.h>

#include <array>
#include <cerrno>

#include "common/error.hpp"
#include "common/sys.hpp"
#include "container/store.hpp"

namespace zoomin::container {

namespace {

// How long to wait if the container's lock is held but no monitor listens: a monitor is
// starting, or a command is about to release the lock.
constexpr int retry_ms = 20;

unique_fd watch(const std::string& directory) {
  unique_fd events(sys::check("inotify_init1", "",
                              [] { return ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK); }));
  sys::check("inotify_add_watch", directory, [&] {
    return ::inotify_add_watch(events.get(), directory.c_str(),
                               IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_ONLYDIR);
  });
  return events;
}

}  // namespace

log_follower::log_follower(std::string id)
    : id_(std::move(id)), events_(watch(directory_of(id_))) {}

// Connects to the monitor. Returns false if there is none, because the container isn't
// running.
bool log_follower::find_owner() try {
  if (owner_) return true;
  owner_ = control::connect(id_);
  if (owner_) owner_->send("wait");
  return owner_ || !try_hold(id_);
} catch (const usage_error&) {  // it has been removed
  return false;
} catch (const sys::error& failure) {
  if (failure.number() != EPIPE && failure.number() != ECONNRESET) throw;
  owner_.reset();  // the monitor is ending
  return true;
}

bool log_follower::wait(int reader) {
  if (!find_owner()) return false;
  std::array<pollfd, 3> polled{{{events_.get(), POLLIN, 0},
                                {owner_ ? owner_->get() : -1, POLLIN, 0},
                                {reader, 0, 0}}};
  const int ready = ::poll(polled.data(), polled.size(), owner_ ? -1 : retry_ms);
  if (ready == -1 && errno != EINTR) throw sys::error(errno, "poll", "log");
  if (ready <= 0) return true;
  std::array<char, 64UL << 10> discarded;
  while (::read(events_.get(), discarded.data(), discarded.size()) > 0) {
  }
  if (polled[2].revents != 0) return false;
  if (polled[1].revents == 0) return true;
  const auto line = owner_->receive();
  return line && !line->starts_with("ended ");
}

}  // namespace zoomin::container
