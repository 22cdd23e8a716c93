// SPDX-License-Identifier: MIT
// volumes: the volumes that containers use. (volume/volume.hpp describes volumes without
// their containers.)
#pragma once

#include <string>
#include <vector>

#include "container/spec/spec.hpp"

namespace zoomin::container {

// Creates the volumes that a new container needs, and removes them again unless keep() is
// called. While the object exists, no other command can remove them.
class needed_volumes {
 public:
  explicit needed_volumes(const container_spec& spec);
  needed_volumes(const needed_volumes&) = delete;
  needed_volumes& operator=(const needed_volumes&) = delete;
  ~needed_volumes();
  void keep() { made_.clear(); }

 private:
  unique_fd lock_;
  std::vector<std::string> made_;
};

// Emits "mount" events for the volumes of a run, and "unmount" events at its end.
class mounted_volumes {
 public:
  mounted_volumes(std::string id, const container_spec& spec);
  mounted_volumes(const mounted_volumes&) = delete;
  mounted_volumes& operator=(const mounted_volumes&) = delete;
  ~mounted_volumes();

 private:
  std::string id_;
  std::vector<requested_mount> volumes_;
};

// A new volume into which the image's files at its target are copied.
struct filled_volume {
  std::string volume, target;
};
std::vector<filled_volume> volumes_to_fill(const container_spec& spec);
// Fills the volumes. Call it in the child, once the image's files are mounted at `root`.
void fill_volumes(const std::string& root, const std::vector<filled_volume>& volumes);

}  // namespace zoomin::container
