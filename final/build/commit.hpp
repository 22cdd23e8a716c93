// SPDX-License-Identifier: MIT
// commit: makes an image of a container: its image's layers, and its writable layer as
// one more.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace zoomin::build {

struct commit_options {
  std::string container{};             // name or id
  std::string name{};                  // of the image; or empty
  std::vector<std::string> changes{};  // instructions: `CMD ["sh"]`
  std::string author{}, message{};
  bool pauses = true;                   // freezes a running container meanwhile
  std::optional<std::int64_t> epoch{};  // SOURCE_DATE_EPOCH
};

// Returns the id of the image. Throws usage_error, sys::error.
std::string commit(const commit_options& options);

}  // namespace zoomin::build
