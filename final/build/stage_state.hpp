// SPDX-License-Identifier: MIT
// stage_state: the image that a stage has become so far.
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
  bool has_own_command = false;                    // CMD came after FROM

  // Returns the unpacked layers, bottom first.
  [[nodiscard]] std::vector<std::string> trees() const;
  // Returns the layers' diff ids, which identify all files.
  [[nodiscard]] std::string content() const;
  // Returns a lookup in ENV, then ARG.
  [[nodiscard]] image::variables lookup() const;
  // Returns the configuration document of an image, JSON text.
  [[nodiscard]] std::string document() const;
  // Returns the ARGs that ENV doesn't replace: "NAME=value".
  [[nodiscard]] std::vector<std::string> argument_environment() const;

  // Applies a finished step.
  void apply(const image::cached_step& step, const std::string& comment);
};

// Writes a state, and reads it back.
std::string to_text(const stage_state& state);
stage_state parse_state(const std::string& text);

// Returns the state after FROM IMAGE, or FROM scratch. Throws usage_error.
stage_state from_scratch();
stage_state from_image(const std::string& reference);

// Stores the image, gives it the names, and returns its id. The caller's layers and blobs
// are stored already.
std::string store_image(const stage_state& state, const std::vector<std::string>& names);

std::string time_text(std::int64_t seconds);

}  // namespace zoomin::build
