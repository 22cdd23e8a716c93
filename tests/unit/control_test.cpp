// SPDX-License-Identifier: MIT
// Unit tests of the client of the control protocol.
#include "container/control.hpp"

#include <signal.h>
#include <sys/time.h>

#include <thread>

#include "support/catch.hpp"

using namespace zoomin;

namespace {

// Sends this thread a signal every millisecond. It interrupts system calls, but does
// nothing else.
class interruptions {
 public:
  interruptions() {
    struct sigaction action {};
    action.sa_handler = [](int) {};
    ::sigaction(SIGALRM, &action, &before_);
    set_interval(1000);
  }
  interruptions(const interruptions&) = delete;
  interruptions& operator=(const interruptions&) = delete;
  ~interruptions() {
    set_interval(0);
    ::sigaction(SIGALRM, &before_, nullptr);
  }

 private:
  static void set_interval(int microseconds) {
    const itimerval timer{{0, microseconds}, {0, microseconds}};
    ::setitimer(ITIMER_REAL, &timer, nullptr);
  }

  struct sigaction before_ {};
};

// Starts a thread that blocks SIGALRM, so that only other threads are interrupted.
template <typename Run>
std::thread undisturbed_thread(Run&& run) {
  sigset_t alarm, before;
  sigemptyset(&alarm);
  sigaddset(&alarm, SIGALRM);
  ::pthread_sigmask(SIG_BLOCK, &alarm, &before);
  std::thread thread(std::forward<Run>(run));
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

}  // namespace

TEST_CASE("signals don't cut a long request short") {
  auto [ours, theirs] = container::control::make_pair();
  const std::string line(container::max_line, 'x');
  std::optional<std::string> received;
  auto reader = undisturbed_thread([&, socket = std::move(theirs)]() mutable {
    // The sender waits for room in the socket's buffer.
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    received = container::control(std::move(socket)).receive();
  });
  {
    const interruptions signals;
    container::control client(std::move(ours));
    client.send(line);
  }
  reader.join();
  CHECK(received == line);
}
