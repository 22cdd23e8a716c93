// SPDX-License-Identifier: MIT
// build_lease: keeps the layers and blobs that a running build uses. A build may take an
// hour, so it doesn't hold lock_use() all the time; collect_garbage() keeps everything
// that a lease names.
//
// A lease is a file in root_directory()/cache/build/leases, locked with flock(2) as long
// as the build runs. A lease that isn't locked belongs to a killed build, and is removed.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "common/fd.hpp"

namespace zoomin::image {

class build_lease {
 public:
  build_lease();
  build_lease(const build_lease&) = delete;
  build_lease& operator=(const build_lease&) = delete;
  ~build_lease();

  // Adds digests of blobs and diff ids of layers. The caller holds lock_use(), and has
  // held it since it found them in the store.
  void add(const std::vector<std::string>& digests);

 private:
  std::string path_;
  unique_fd file_;
};

// Returns the digests that the leases name, and removes the leases of killed builds. The
// caller holds lock_use(true).
std::set<std::string> leased_digests();

}  // namespace zoomin::image
