// SPDX-License-Identifier: MIT
#include "base/directory_watch.hpp"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "common/error.hpp"
#include "common/sys.hpp"

namespace zoomin::base {

directory_watch::directory_watch(const std::string& directory)
    : events_(sys::check("inotify_init1", "",
                         [] { return ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK); })) {
  sys::check("inotify_add_watch", directory, [&] {
    return ::inotify_add_watch(events_.get(), directory.c_str(),
                               IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_ONLYDIR);
  });
}

directory_watch::readiness directory_watch::wait(int reader, int timeout_ms,
                                                 int other) const {
  std::array<pollfd, 3> polled{
      {{events_.get(), POLLIN, 0}, {reader, 0, 0}, {other, POLLIN, 0}}};
  const int ready = ::poll(polled.data(), polled.size(), timeout_ms);
  if (ready == -1 && errno != EINTR) throw sys::error(errno, "poll", "a log");
  if (ready <= 0) return {};
  std::array<char, 16UL << 10> discarded;
  while (::read(events_.get(), discarded.data(), discarded.size()) > 0) {
  }
  return {polled[1].revents != 0, polled[2].revents != 0};
}

}  // namespace zoomin::base
