// SPDX-License-Identifier: MIT
// session: the state that all steps of a build share: the options, the context, the plan,
// the states of the stages, and a lease that keeps its layers in the store.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/cancellation.hpp"
#include "build/builder.hpp"
#include "build/context.hpp"
#include "build/dockerfile.hpp"
#include "build/new_layer.hpp"
#include "build/stage_state.hpp"
#include "build/stages.hpp"
#include "image/archive/staging.hpp"
#include "image/build_cache.hpp"
#include "image/build_lease.hpp"

namespace zoomin::build {

class session {
 public:
  session(const build_options& build_options, observer& build_observer,
          base::cancellation& build_stop);
  session(const session&) = delete;
  session& operator=(const session&) = delete;
  ~session();  // writes the finished steps to the cache, even if the build failed

  build_options options;
  std::reference_wrapper<observer> report;
  base::cancellation& stop;
  const context files;
  const dockerfile file;
  const build_plan plan;
  std::vector<stage_state> states;  // by number of the stage

  // Returns the state of an image, which is pulled if the store lacks it.
  stage_state image_state(const std::string& name);
  // Returns the state of the stage `name` before stage number `before`, or of an image.
  stage_state state_of(const std::string& name, std::size_t before);
  // Stores a new layer. Returns nothing if the layer has no changes.
  std::optional<finished_layer> store(new_layer& layer);
  std::optional<image::cached_step> find_cached(const std::string& key);
  void add_finished(image::cached_step step) { finished_.push_back(std::move(step)); }
  // Writes the finished steps to the cache.
  void store_steps();
  // Returns the time of new steps: the current time, or SOURCE_DATE_EPOCH.
  [[nodiscard]] std::string now() const;

 private:
  stage_state leased_state(const std::string& name);

  std::vector<image::cached_step> finished_;
  image::staging staged_;
  image::build_lease lease_;
};

}  // namespace zoomin::build
