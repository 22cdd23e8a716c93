// SPDX-License-Identifier: MIT
// builder: builds an image from a Dockerfile, step by step.
//
//   context ──> parse ──> plan: the stages that are needed
//   each stage: FROM gives layers and a configuration; each step has a key, the digest of
//     all that it depends on. If the build cache has the key, its layer is taken; else
//     the step is done: COPY and ADD copy into a new layer, RUN is a container of which
//     the writable layer becomes the new layer, all others change the configuration.
//   the target's layers and configuration become the image.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace zoomin::build {

struct secret {
  std::string id;
  std::string path{}, variable{};  // where its value is: a file, or the environment
};

// Says how much is told of the steps' overlays.
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
  // Limits for the containers of RUN: a part of a create request, JSON text.
  std::string limits = "{}";
  std::vector<secret> secrets{};
  bool uses_cache = true;
  std::optional<std::int64_t> epoch{};  // SOURCE_DATE_EPOCH
  // Fetches an image from its registry; called for those that are absent, or with
  // `fetches_all` for every base image. Without it an absent image is an error.
  std::function<void(const std::string& name)> fetch{};
  bool fetches_all = false;
  // Downloads a file for ADD to `path`.
  std::function<void(const std::string& url, const std::string& path)> download{};
  explanation explains = explanation::none;  // observer::explain()
};

// Describes a step for people.
struct step_title {
  std::string stage;  // its name, "" in a build with one stage
  unsigned number = 0, count = 0;
  std::string text{};
};

struct step_result {
  bool cached = false;
  double seconds = 0;
  std::optional<std::uint64_t> layer_bytes{};  // of the files; empty: no layer
};

// Is told what the build does.
class observer {
 public:
  virtual ~observer() = default;
  virtual void note(std::string_view warning) = 0;
  virtual void begin(const step_title& step) = 0;
  virtual void output(std::string_view bytes) = 0;
  // Lines about the overlay of a step, and what its writable layer holds.
  virtual void explain(std::string_view lines) = 0;
  virtual void end(const step_title& step, const step_result& result) = 0;
};

// Builds an image and returns its id. Throws dockerfile_error, usage_error, sys::error,
// interrupted, failed_command.
std::string build(const build_options& options, observer& report);

// Checks the Dockerfile and builds nothing. Each warning becomes a note. Returns their
// number. Throws dockerfile_error, usage_error.
std::size_t check(const build_options& options, observer& report);

}  // namespace zoomin::build
