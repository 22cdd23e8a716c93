// SPDX-License-Identifier: MIT
// volumes: which volumes containers use; volume/volume.hpp knows no containers.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "container/spec/spec.hpp"

namespace zoomin::container {

// Made where they aren't there yet, and removed again unless the container comes to be.
// None is removed by others meanwhile.
class needed_volumes {
 public:
  explicit needed_volumes(const container_spec& spec);
  needed_volumes(const needed_volumes&) = delete;
  needed_volumes& operator=(const needed_volumes&) = delete;
  ~needed_volumes();
  void keep() { made_.clear(); }

 private:
  unique_fd in_use_;
  std::vector<std::string> made_;
};

// Tells that a run of the container has its volumes mounted, and at its end that it
// hasn't any more.
class mounted_volumes {
 public:
  mounted_volumes(std::string id, const container_spec& spec);
  mounted_volumes(const mounted_volumes&) = delete;
  mounted_volumes& operator=(const mounted_volumes&) = delete;
  ~mounted_volumes();

 private:
  std::string id_;
  std::vector<requested_mount> all_;
};

// Returns the names of the volumes that containers have. `on_damage` is called for each
// container whose description can't be read: its volumes aren't known.
std::set<std::string> used_volumes(
    const std::function<void(const std::string& id, const usage_error&)>& on_damage = {});

// Returns the volumes that are removed with the container; none where its description is
// damaged.
std::vector<std::string> anonymous_volumes(const std::string& id);
void remove_unused(const std::vector<std::string>& names);

// Describes a new volume that takes over what the image has at its place.
struct filled_volume {
  std::string volume, target;
};
std::vector<filled_volume> volumes_to_fill(const container_spec& spec);
// Fills the volumes, inside, once the image's files are mounted at `root`.
void fill_volumes(const std::string& root, const std::vector<filled_volume>& volumes);

}  // namespace zoomin::container
