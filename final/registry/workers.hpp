// SPDX-License-Identifier: MIT
// workers: does several pieces of work at once, each thread with its own connection.
#pragma once

#include <cstddef>
#include <functional>

#include "base/cancellation.hpp"
#include "registry/session.hpp"

namespace zoomin::registry {

// Calls `work` with the numbers 0 to count - 1, in at most so many threads. If a call
// throws, the others end soon, and the first exception is thrown. Once `stop` is
// requested they throw base::cancelled.
void work_in_parallel(std::size_t count, std::size_t max_threads, session& with,
                      const base::cancellation& stop,
                      const std::function<void(std::size_t, connection&)>& work);

}  // namespace zoomin::registry
