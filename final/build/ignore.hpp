// SPDX-License-Identifier: MIT
// ignore: the patterns of a .dockerignore file, and of COPY --exclude: which files of a
// build context don't belong to it. Dockerfile reference, ".dockerignore file". Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace zoomin::build {

class ignore_rules {
 public:
  ignore_rules() = default;
  // Parses lines: a pattern each, '!' before an exception, '#' before a comment.
  explicit ignore_rules(std::string_view text);
  explicit ignore_rules(const std::vector<std::string>& patterns);

  // Returns true if the path, relative to the context, is excluded: the last pattern that
  // matches it or a parent directory of it decides.
  [[nodiscard]] bool excludes(std::string_view path) const;
  // Returns true if a file in an excluded directory may be included.
  [[nodiscard]] bool has_exceptions() const { return exceptions_; }
  [[nodiscard]] bool empty() const { return rules_.empty(); }

 private:
  struct rule {
    std::vector<std::string> parts;
    bool exception;
  };
  void add(std::string_view line);
  std::vector<rule> rules_;
  bool exceptions_ = false;
};

// Matches one name with * ? [a-z] [^a-z] and \x, path.Match of Go.
bool matches_name(std::string_view pattern, std::string_view name);

// Splits a path at '/', without "" and ".", and with ".." applied: it never leads out.
std::vector<std::string> path_parts(std::string_view path);

}  // namespace zoomin::build
