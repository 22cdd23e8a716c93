// SPDX-License-Identifier: MIT
#include "base/directory_watch.hpp"

#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <array>

#include "common/error.hpp"
#include "common/sys.hpp"

namespace zoomin::base {

namespace {

void drain(const unique_fd& fd) {
  std::array<char, 16UL << 10> discarded;
  while (::read(fd.get(), discarded.data(), discarded.size()) > 0) {
  }
}

}  // namespace

directory_watch::directory_watch(const std::string& directory)
    : changes_(sys::check("inotify_init1", "",
                          [] { return ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK); })),
      epoll_(sys::check("epoll_create1", "",
                        [] { return ::epoll_create1(EPOLL_CLOEXEC); })) {
  sys::check("inotify_add_watch", directory, [&] {
    return ::inotify_add_watch(changes_.get(), directory.c_str(),
                               IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_ONLYDIR);
  });
  add(changes_.get());
}

void directory_watch::add(int descriptor) const {
  epoll_event event{.events = EPOLLIN, .data = {}};
  sys::check("epoll_ctl", "directory watch", [&] {
    return ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &event);
  });
}

void directory_watch::set_timer(const timespec& time, int flags) {
  if (!timer_) {
    timer_ = unique_fd(sys::check("timerfd_create", "directory watch", [] {
      return ::timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    }));
    add(timer_.get());
  }
  const itimerspec once{.it_interval = {}, .it_value = time};
  sys::check("timerfd_settime", "directory watch",
             [&] { return ::timerfd_settime(timer_.get(), flags, &once, nullptr); });
}

void directory_watch::wake_at(const timespec& time) {
  set_timer(time, TFD_TIMER_ABSTIME);
}

void directory_watch::wake_after(int milliseconds) {
  set_timer({.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1'000'000L},
            0);
}

void directory_watch::clear() const {
  drain(changes_);
  if (timer_) drain(timer_);
}

}  // namespace zoomin::base
