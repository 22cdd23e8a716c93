// SPDX-License-Identifier: MIT
// observer: receives the progress of a pull or push.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace zoomin::registry {

// Describes a request that has ended.
struct sent_request {
  std::string method, path;
  std::string host;  // if the answer came from another host than the registry
  long status = 0;
  std::uint64_t bytes = 0;  // of the body that was received or sent
};

struct layer_line {
  std::string id;  // 12 digits of the blob's digest
  std::uint64_t bytes = 0;
};

// Every function may be called by several threads at once.
class observer {
 public:
  virtual ~observer() = default;
  // Announces a tag and its layers, bottom first.
  virtual void begin(const std::string& tag, const std::vector<layer_line>& layers) = 0;
  // Reports how many bytes of a layer have been transferred.
  virtual void moved(std::size_t layer, std::uint64_t bytes) = 0;
  // Reports the result for a layer: "Pull complete".
  virtual void ended(std::size_t layer, std::string_view how) = 0;
  virtual void requested(const sent_request& request) = 0;
  // Reports the reason for which a layer isn't requested.
  virtual void not_requested(std::size_t layer, std::string_view why) = 0;
};

}  // namespace zoomin::registry
