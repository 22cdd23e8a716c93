// SPDX-License-Identifier: MIT
// context: the files that a build may copy: a directory, or an archive that is unpacked
// into a private directory; and its Dockerfile and .dockerignore.
#pragma once

#include <optional>
#include <string>

#include "build/ignore.hpp"
#include "build/tree.hpp"
#include "common/fd.hpp"
#include "image/archive/staging.hpp"

namespace zoomin::build {

class context {
 public:
  // `where`: a directory, an archive, or "-", an archive or a Dockerfile at standard
  // input. `file`: the Dockerfile, "-" for standard input, or "" for the usual one.
  // Throws usage_error, sys::error.
  context(const std::string& where, const std::string& file);

  [[nodiscard]] const std::string& file_name() const { return file_name_; }
  [[nodiscard]] const std::string& file_text() const { return file_text_; }
  [[nodiscard]] source files() const {
    return {root_.get(), "the build context", &ignored_};
  }

 private:
  void open(const std::string& where);
  void unpack(int archive);
  void read_file(const std::string& where, const std::string& file);
  void read_ignored(const std::string& file);

  std::optional<image::staging> unpacked_;
  unique_fd root_;
  bool only_file_ = false;  // standard input was a Dockerfile
  std::string file_name_, file_text_;
  ignore_rules ignored_;
};

}  // namespace zoomin::build
