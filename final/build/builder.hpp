// SPDX-License-Identifier: MIT
// builder: builds an image from a Dockerfile, step by step.
//
//   context ──> parse ──> plan: the stages that are needed
//   each stage: FROM gives layers and a configuration. Each step has a key, the digest of
//     everything that it depends on. If the build cache has the key, its layer is used.
//     Otherwise the step is executed: COPY and ADD copy into a new layer, RUN starts a
//     container whose writable layer becomes the new layer, and all other instructions
//     change the configuration.
//   the layers and configuration of the target stage become the image.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancellation.hpp"

namespace zoomin::build {

struct secret {
  std::string id;
  std::string path{}, variable{};  // the file or environment variable with its value
};

// Selects how much a build reports about the overlay of each step.
enum class explanation { none, brief, full };

struct build_options {
  std::string context;  // a directory, an archive, or "-"
  std::string file{};   // the Dockerfile
  std::vector<std::string> tags{};
  std::map<std::string, std::string> arguments{};  // --build-arg
  std::map<std::string, std::string> labels{};
  std::string target{};
  std::string platform{};
  std::string network = "default";
  std::vector<std::string> hosts{};
  // Limits for the containers of RUN, as a part of a create request (JSON text).
  std::string limits = "{}";
  std::vector<secret> secrets{};
  bool uses_cache = true;
  std::optional<std::int64_t> epoch{};  // SOURCE_DATE_EPOCH
  // Pulls an image. It is called for each base image that the store lacks, or for every
  // base image if `fetches_all` is set. Without it a missing image is an error.
  std::function<void(const std::string& name)> fetch{};
  bool fetches_all = false;
  // Downloads a file for ADD and saves it as `path`.
  std::function<void(const std::string& url, const std::string& path)> download{};
  explanation explains = explanation::none;  // through observer::explain()
};

// Describes a step to the user.
struct step_title {
  std::string stage;  // its name; "" in a build with one stage
  unsigned number = 0, count = 0;
  std::string text{};
};

struct step_result {
  bool cached = false;
  double seconds = 0;
  std::optional<std::uint64_t> layer_bytes{};  // of its files; empty without a layer
};

// Receives the progress of a build.
class observer {
 public:
  virtual ~observer() = default;
  virtual void note(std::string_view warning) = 0;
  virtual void begin(const step_title& step) = 0;
  virtual void output(std::string_view bytes) = 0;
  // `lines` describe the overlay of a step and the changes in its writable layer.
  virtual void explain(std::string_view lines) = 0;
  virtual void end(const step_title& step, const step_result& result) = 0;
};

// Builds an image and returns its id. Throws dockerfile_error, usage_error, sys::error,
// base::cancelled soon after `stop` is requested.
std::string build(const build_options& options, observer& report,
                  base::cancellation& stop);

// Checks the Dockerfile without building. Reports each warning as a note and returns
// their number. Throws dockerfile_error, usage_error, base::cancelled.
std::size_t check(const build_options& options, observer& report,
                  const base::cancellation& stop);

}  // namespace zoomin::build
