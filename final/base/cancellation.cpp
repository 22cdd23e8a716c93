// SPDX-License-Identifier: MIT
#include "base/cancellation.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>

#include "common/call.hpp"

namespace zoomin::base {

namespace {

unique_fd make_event() {
  return unique_fd(sys::check("eventfd", "cancellation",
                              [] { return ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }));
}

}  // namespace

cancellation::cancellation() : event_(make_event()) {}

void cancellation::request() noexcept {
  requested_ = true;
  const int before = errno;  // of the code that the signal has interrupted
  const std::uint64_t count = 1;
  [[maybe_unused]] const auto written = ::write(event_.get(), &count, sizeof count);
  errno = before;
}

void cancellation::check() const {
  if (requested_) throw cancelled();
}

void cancellation::wait_for(int input) const {
  std::array<pollfd, 2> polled{{{input, POLLIN, 0}, {fd(), POLLIN, 0}}};
  sys::check("poll", "the input", [&] {
    int ready = 0;
    do ready = ::poll(polled.data(), polled.size(), -1);
    while (ready == -1 && errno == EINTR);
    return ready;
  });
  check();
}

void cancellation::separate() {
  event_ = make_event();
  if (requested_) request();
}

}  // namespace zoomin::base
