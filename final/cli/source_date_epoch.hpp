// SPDX-License-Identifier: MIT
// source_date_epoch: the time stamp of reproducible images (reproducible-builds.org).
#pragma once

#include <cstdint>
#include <optional>

namespace zoomin::cli {

// Returns $SOURCE_DATE_EPOCH in seconds since 1970, or nothing if it isn't set. Throws
// misuse.
std::optional<std::int64_t> source_date_epoch();

}  // namespace zoomin::cli
