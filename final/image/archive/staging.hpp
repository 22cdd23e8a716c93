// SPDX-License-Identifier: MIT
// staging: stores files that aren't trusted yet, of an archive or a download, in the
// directory images/.new-XXXXXX. The directory is locked while it is in use, flock(2).
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "common/fd.hpp"
#include "image/archive/digest.hpp"

namespace zoomin::image {

struct staged {
  std::string path;  // on the host; chosen by staging
  std::string digest;
  std::uint64_t size = 0;
};

class staging {
 public:
  staging();  // needs make_store()
  staging(const staging&) = delete;
  staging& operator=(const staging&) = delete;
  ~staging();  // removes the files that weren't moved to the blobs

  [[nodiscard]] const std::string& directory() const { return directory_; }

  using sink = std::function<void(std::span<const char>)>;
  // Creates a file with the bytes that `fill` passes to its sink. Several threads may add
  // files at once.
  staged add(const std::function<void(const sink&)>& fill);
  staged add_text(std::string_view text);
  // Moves a file to the blobs.
  static void keep(const staged& file);

 private:
  std::string directory_;
  unique_fd lock_;
  std::atomic<int> files_ = 0;
};

// Detects the compression by the first bytes. `other` is xz or bzip2, for which the OCI
// has no media type.
enum class compression { none, gzip, zstd, other };
compression compression_of(const staged& file);

// Returns the OCI media type of a layer, by its compression. Throws usage_error if there
// is none.
std::string layer_type(const staged& layer);

}  // namespace zoomin::image
