// SPDX-License-Identifier: MIT
// commit: makes an image from a container: the layers of its image, and its writable
// layer on top of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace zoomin::build {

struct commit_options {
  std::string container{};             // name or id
  std::string name{};                  // of the new image; may be empty
  std::vector<std::string> changes{};  // instructions: `CMD ["sh"]`
  std::string author{}, message{};
  bool pauses = true;                   // freezes a running container while it is read
  std::optional<std::int64_t> epoch{};  // SOURCE_DATE_EPOCH
};

// Returns the id of the new image. Throws usage_error, sys::error.
std::string commit(const commit_options& options);

}  // namespace zoomin::build
