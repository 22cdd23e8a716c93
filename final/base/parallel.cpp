// SPDX-License-Identifier: MIT
#include "base/parallel.hpp"

#include <sched.h>

#include <algorithm>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace zoomin::base {

namespace {

// Runs `work`, which must not throw, in `count` threads at once, and waits for all. There
// are fewer if the kernel refuses more.
void run_in_threads(std::size_t count, const std::function<void()>& work) {
  std::vector<std::jthread> others;
  try {
    for (std::size_t i = 1; i < count; ++i) others.emplace_back(work);
  } catch (const std::system_error&) {  // EAGAIN, pthread_create(3): a limit is reached
  }
  work();
}

}  // namespace

std::size_t processors() {
  cpu_set_t usable;
  CPU_ZERO(&usable);
  if (::sched_getaffinity(0, sizeof usable, &usable) != 0) return 1;
  return static_cast<std::size_t>(std::max(1, CPU_COUNT(&usable)));
}

void each_in_parallel(std::size_t count, std::size_t max_threads,
                      std::atomic<bool>& failed,
                      const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::exception_ptr first;
  run_in_threads(std::min(count, max_threads), [&] {
    try {
      for (std::size_t at = next++; at < count && !failed; at = next++) work(at);
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!first) first = std::current_exception();
      failed = true;
    }
  });
  if (first) std::rethrow_exception(first);
}

void each_in_parallel(std::size_t count, const std::function<void(std::size_t)>& work) {
  std::atomic<bool> failed = false;
  each_in_parallel(count, processors(), failed, work);
}

}  // namespace zoomin::base
