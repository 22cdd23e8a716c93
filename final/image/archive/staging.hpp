// SPDX-License-Identifier: MIT
// staging: files of an archive that isn't trusted yet, in images/.new-XXXXXX. A lock on
// that directory says that somebody still fills it, flock(2).
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "common/fd.hpp"
#include "image/archive/digest.hpp"

namespace zoomin::image {

struct staged {
  std::string path;  // on the host; chosen by us
  std::string digest;
  std::uint64_t size = 0;
};

class staging {
 public:
  staging();  // needs make_store()
  staging(const staging&) = delete;
  staging& operator=(const staging&) = delete;
  ~staging();  // with all that wasn't kept

  [[nodiscard]] const std::string& directory() const { return directory_; }

  using sink = std::function<void(std::span<const char>)>;
  // A new file with what `fill` gives to the sink it is handed.
  staged add(const std::function<void(const sink&)>& fill);
  staged add_text(std::string_view text);
  // Moves a file to its place among the blobs.
  static void keep(const staged& file);

 private:
  std::string directory_;
  unique_fd lock_;
  int files_ = 0;
};

// By its first bytes. Other: xz or bzip2, for which the OCI has no type.
enum class compression { none, gzip, zstd, other };
compression compression_of(const staged& file);

// The OCI's media type for a layer archive, by how it is compressed. Throws usage_error
// where there is none.
std::string layer_type(const staged& layer);

}  // namespace zoomin::image
