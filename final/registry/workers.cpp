// SPDX-License-Identifier: MIT
#include "registry/workers.hpp"

#include <atomic>
#include <utility>

#include "base/parallel.hpp"

namespace zoomin::registry {

void work_in_parallel(std::size_t count, std::size_t max_threads, session& with,
                      const base::cancellation& stop,
                      const std::function<void(std::size_t, connection&)>& work) {
  std::atomic<bool> failed = false;
  base::each_in_parallel(count, max_threads, failed, [&](std::size_t number) {
    connection own = with.connect([&] { return failed || stop.requested(); });
    own.throw_if_stopped();
    work(number, own);
    with.keep(std::move(own));
  });
}

}  // namespace zoomin::registry
