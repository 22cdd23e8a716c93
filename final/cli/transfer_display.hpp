// SPDX-License-Identifier: MIT
// transfer_display: shows the layers of a pull or a push. On a terminal each layer has a
// line with a bar, which is rewritten; elsewhere a line is printed when a layer has
// ended.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "registry/observer.hpp"

namespace zoomin::cli {

class transfer_display : public registry::observer {
 public:
  struct style {
    std::string heading;  // follows the tag: "Pulling from library/web"; may be empty
    std::string moving;   // "Downloading"
    bool quiet = false;
    bool explain = false;  // the requests are shown on stderr
  };
  explicit transfer_display(style display_style);

  void begin(const std::string& tag,
             const std::vector<registry::layer_line>& layers) override;
  void moved(std::size_t layer, std::uint64_t bytes) override;
  void ended(std::size_t layer, std::string_view result) override;
  void requested(const registry::sent_request& request) override;
  void not_requested(std::size_t layer, std::string_view why) override;

 private:
  struct row {
    registry::layer_line layer;
    std::string state = "Waiting";
    std::uint64_t moved = 0;
    bool has_ended = false;
  };
  [[nodiscard]] std::string text_of(const row& shown) const;
  void draw();

  style style_;
  std::mutex mutex_;
  std::vector<row> rows_;
  bool draws_ = false;  // bars
  std::chrono::steady_clock::time_point drawn_;
};

}  // namespace zoomin::cli
