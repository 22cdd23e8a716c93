// SPDX-License-Identifier: MIT
#include "registry/workers.hpp"

#include <sched.h>

#include <algorithm>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace zoomin::registry {

std::size_t processors() {
  cpu_set_t usable;
  CPU_ZERO(&usable);
  if (::sched_getaffinity(0, sizeof usable, &usable) != 0) return 1;
  return static_cast<std::size_t>(std::max(1, CPU_COUNT(&usable)));
}

void work_in_parallel(std::size_t count, std::size_t most_threads, session& with,
                      const std::atomic<bool>& cancelled,
                      const std::function<void(std::size_t, connection&)>& work) {
  std::atomic<std::size_t> next = 0;
  std::atomic<bool> stopped = false;
  std::mutex mutex;
  std::exception_ptr first;
  const auto run = [&] {
    try {
      connection own = with.connect([&] { return stopped || cancelled; });
      for (std::size_t at = next++; at < count; at = next++) {
        own.throw_if_stopped();
        work(at, own);
      }
      with.keep(std::move(own));
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!first) first = std::current_exception();
      stopped = true;
    }
  };
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < std::min(count, most_threads); ++i)
    threads.emplace_back(run);
  for (auto& thread : threads) thread.join();
  if (first) std::rethrow_exception(first);
}

}  // namespace zoomin::registry
