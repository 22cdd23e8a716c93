// SPDX-License-Identifier: MIT
// ignore: the patterns of .dockerignore and of COPY --exclude, which take files out of a
// build context. Dockerfile reference, ".dockerignore file". Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace zoomin::build {

class ignore_rules {
 public:
  ignore_rules() = default;
  // Parses lines, each with a pattern, an exception after '!', or a comment after '#'.
  explicit ignore_rules(std::string_view text);
  explicit ignore_rules(const std::vector<std::string>& patterns);

  // Returns true if the path, relative to the context, is excluded. The last pattern that
  // matches it or one of its parents decides.
  [[nodiscard]] bool excludes(std::string_view path) const;
  // Returns true if an exception may include a file in an excluded directory.
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

// Matches one name against a pattern with * ? [a-z] [^a-z] and \x, like Go's path.Match.
bool matches_name(std::string_view pattern, std::string_view name);

// Splits a path at '/'. Drops "" and "."; ".." removes the part before it, and never
// leads out.
std::vector<std::string> path_parts(std::string_view path);

}  // namespace zoomin::build
