// SPDX-License-Identifier: MIT
// parallel: runs a function in several threads.
#pragma once

#include <cstddef>
#include <functional>

namespace zoomin::base {

// Returns the number of processors that this process may use.
std::size_t processors();

// Runs `work`, which must not throw, in `count` threads at once, and waits for all. One
// of them is the caller's. There are fewer if the kernel refuses more.
void run_in_threads(std::size_t count, const std::function<void()>& work);

// Calls `work` with the numbers 0 to count - 1, in as many threads as there are
// processors. If a call throws, no other begins, and the first exception is thrown.
void each_in_parallel(std::size_t count, const std::function<void(std::size_t)>& work);

}  // namespace zoomin::base
