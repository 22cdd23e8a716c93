// SPDX-License-Identifier: MIT
// parallel: runs a function in several threads.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>

namespace zoomin::base {

// Returns the number of processors that this process may use.
std::size_t processors();

// Calls `work` with the numbers 0 to count - 1, in at most so many threads, of
// which one is the caller's. If a call throws, no other begins, `failed` becomes true for
// those that are under way, and the first exception is thrown.
void each_in_parallel(std::size_t count, std::size_t max_threads,
                      std::atomic<bool>& failed,
                      const std::function<void(std::size_t)>& work);
// Calls them in as many threads as there are processors.
void each_in_parallel(std::size_t count, const std::function<void(std::size_t)>& work);

}  // namespace zoomin::base
