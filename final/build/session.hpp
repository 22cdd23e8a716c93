// SPDX-License-Identifier: MIT
// session: what all steps of one build share: the options, the context, the states of the
// stages, and the store, from which nothing that the build uses is removed meanwhile.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "build/builder.hpp"
#include "build/context.hpp"
#include "build/dockerfile.hpp"
#include "build/interrupt.hpp"
#include "build/new_layer.hpp"
#include "build/stage_state.hpp"
#include "build/stages.hpp"
#include "image/archive/staging.hpp"
#include "image/build_cache.hpp"
#include "image/build_lease.hpp"

namespace zoomin::build {

class session {
 public:
  session(const build_options& build_options, observer& build_observer);
  session(const session&) = delete;
  session& operator=(const session&) = delete;
  ~session();  // keeps the finished steps in the cache, also if the build fails

  build_options options;
  std::reference_wrapper<observer> report;
  const context files;
  const dockerfile file;
  const build_plan plan;
  std::vector<stage_state> states;  // of the stages that are built
  const interrupt stop{};

  // Returns the state of an image, which is fetched if it is absent.
  stage_state image_state(const std::string& name);
  // Returns the state of a stage before stage number `before`, or of an image.
  stage_state state_of(const std::string& name, std::size_t before);
  // Stores a new layer; empty if it changes nothing.
  std::optional<finished_layer> store(new_layer& layer);
  std::optional<image::cached_step> find_cached(const std::string& key);
  void add_finished(image::cached_step step) { finished_.push_back(std::move(step)); }
  // Writes the finished steps to the cache.
  void store_steps();
  // Returns the time for what is made now.
  [[nodiscard]] std::string now() const;

 private:
  stage_state leased_state(const std::string& name);

  std::vector<image::cached_step> finished_;
  image::staging staged_;
  image::build_lease lease_;
};

}  // namespace zoomin::build
