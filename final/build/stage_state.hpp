// SPDX-License-Identifier: MIT
// stage_state: the image that a stage has built so far.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "image/archive/words.hpp"
#include "image/build_cache.hpp"
#include "image/store.hpp"

namespace zoomin::build {

struct stage_layer {
  image::descriptor blob;
  std::string diff_id;
};

struct stage_state {
  std::string key;  // of the last step
  std::string created;
  std::string author{};
  std::vector<stage_layer> layers;                   // bottom first
  nlohmann::json config = nlohmann::json::object();  // "config" of the configuration
  nlohmann::json history = nlohmann::json::array();
  std::map<std::string, std::string> arguments{};  // ARGs with a value
  bool has_own_command = false;                    // set by a CMD of this stage

  // Returns the unpacked layers, bottom first.
  [[nodiscard]] std::vector<std::string> trees() const;
  // Returns the layers' diff ids, one per line: together they identify all files.
  [[nodiscard]] std::string diff_ids() const;
  // Returns a lookup of variables, first in ENV and then in ARG.
  [[nodiscard]] image::variables lookup() const;
  // Returns the configuration of the image, a JSON document.
  [[nodiscard]] std::string document() const;
  // Returns the ARGs that no ENV overrides: "NAME=value".
  [[nodiscard]] std::vector<std::string> argument_environment() const;

  // Applies a finished step.
  void apply(const image::cached_step& step, const std::string& comment);
};

// Convert a state to text and back, to send it to another process.
std::string to_text(const stage_state& state);
stage_state parse_state(const std::string& text);

// Return the state after FROM scratch or FROM IMAGE. Throw usage_error.
stage_state from_scratch();
stage_state from_image(const std::string& reference);

// Stores an image whose layers are stored already, gives it the names, and returns its
// id.
std::string store_image(const stage_state& state, const std::vector<std::string>& names);

// Returns a time as "2024-01-31T12:00:00Z".
std::string time_text(std::int64_t seconds);

}  // namespace zoomin::build
