// SPDX-License-Identifier: MIT
// context: the files that a build may copy: a directory, or an archive that is unpacked
// into a private directory. Reads the Dockerfile and .dockerignore, too.
#pragma once

#include <optional>
#include <string>

#include "base/cancellation.hpp"
#include "build/ignore.hpp"
#include "build/tree.hpp"
#include "common/fd.hpp"
#include "image/archive/staging.hpp"

namespace zoomin::build {

class context {
 public:
  // `where` is a directory, an archive, or "-" for an archive or a Dockerfile on standard
  // input. `file` is the Dockerfile, "-" for standard input, or "" for the context's
  // Dockerfile or Containerfile. Throws usage_error, sys::error, and base::cancelled
  // while standard input is read.
  context(const std::string& where, const std::string& file,
          const base::cancellation& stop);

  [[nodiscard]] const std::string& file_name() const { return file_name_; }
  [[nodiscard]] const std::string& file_text() const { return file_text_; }
  [[nodiscard]] source files() const {
    return {root_.get(), "the build context", &ignored_};
  }

 private:
  void open(const std::string& where, const base::cancellation& stop);
  void unpack(int archive, const base::cancellation& stop);
  void read_file(const std::string& where, const std::string& file,
                 const base::cancellation& stop);
  void read_dockerignore(const std::string& file);

  std::optional<image::staging> unpacked_;
  unique_fd root_;
  bool only_file_ = false;  // `where` was a Dockerfile, not an archive
  std::string file_name_, file_text_;
  ignore_rules ignored_;
};

}  // namespace zoomin::build
