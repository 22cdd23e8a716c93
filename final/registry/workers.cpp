// SPDX-License-Identifier: MIT
#include "registry/workers.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <utility>

#include "base/parallel.hpp"

namespace zoomin::registry {

void work_in_parallel(std::size_t count, std::size_t most_threads, session& with,
                      const base::cancellation& stop,
                      const std::function<void(std::size_t, connection&)>& work) {
  std::atomic<std::size_t> next = 0;
  std::atomic<bool> stopped = false;
  std::mutex mutex;
  std::exception_ptr first;
  const auto run = [&] {
    try {
      connection own = with.connect([&] { return stopped || stop.requested(); });
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
  base::run_in_threads(std::min(count, most_threads), run);
  if (first) std::rethrow_exception(first);
}

}  // namespace zoomin::registry
