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

// For who holds a container's lock without listening: an owner that is starting, or a
// command that is about to let go.
constexpr int moment_ms = 20;

unique_fd changes_in(const std::string& directory) {
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
    : id_(std::move(id)), events_(changes_in(directory_of(id_))) {}

// False where nobody owns it: it isn't running.
bool log_follower::find_owner() try {
  if (owner_) return true;
  owner_ = control::connect(id_);
  if (owner_) owner_->say("wait");
  return owner_ || !try_hold(id_);
} catch (const usage_error&) {  // it has been removed
  return false;
} catch (const sys::error& failure) {
  if (failure.number() != EPIPE && failure.number() != ECONNRESET) throw;
  owner_.reset();  // it is just ending
  return true;
}

bool log_follower::wait(int reader) {
  if (!find_owner()) return false;
  std::array<pollfd, 3> result{{{events_.get(), POLLIN, 0},
                                {owner_ ? owner_->get() : -1, POLLIN, 0},
                                {reader, 0, 0}}};
  const int ready = ::poll(result.data(), result.size(), owner_ ? -1 : moment_ms);
  if (ready == -1 && errno != EINTR) throw sys::error(errno, "poll", "log");
  if (ready <= 0) return true;
  std::array<char, 64UL << 10> told;
  while (::read(events_.get(), told.data(), told.size()) > 0) {
  }
  if (result[2].revents != 0) return false;
  if (result[1].revents == 0) return true;
  const auto line = owner_->hear();
  return line && !line->starts_with("ended ");
}

}  // namespace zoomin::container
