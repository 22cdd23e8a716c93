// SPDX-License-Identifier: MIT
// observer: is told what a pull or a push does, to show it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace zoomin::registry {

// Describes a request that has ended.
struct sent_request {
  std::string method, path;
  std::string host;  // if it isn't the registry's, or after a redirection
  long status = 0;
  std::uint64_t bytes = 0;  // of the body: received, or sent
};

struct layer_line {
  std::string id;  // 12 digits of the blob's digest
  std::uint64_t bytes = 0;
};

// Each function may be called by several threads at once.
class observer {
 public:
  virtual ~observer() = default;
  // Announces a tag and its layers, bottom first.
  virtual void begin(const std::string& tag, const std::vector<layer_line>& layers) = 0;
  // Says how many bytes of a layer have passed.
  virtual void moved(std::size_t layer, std::uint64_t bytes) = 0;
  // Says how a layer ended: "Pull complete".
  virtual void ended(std::size_t layer, std::string_view how) = 0;
  virtual void requested(const sent_request& request) = 0;
  // Says why a layer isn't requested.
  virtual void not_requested(std::size_t layer, std::string_view why) = 0;
};

}  // namespace zoomin::registry
