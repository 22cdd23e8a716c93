// SPDX-License-Identifier: MIT
// copy_mode: parses and applies COPY --chmod: "755", "0644", or "u+x,go=rX" as in
// chmod(1). Pure.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace zoomin::build {

class copy_mode {
 public:
  // Throws usage_error.
  explicit copy_mode(const std::string& text);
  // Applies the mode to a file that has `mode`, with its type. Returns the permissions.
  [[nodiscard]] mode_t applied_to(mode_t mode) const;

 private:
  struct clause {
    std::string who, permissions;
    char operation;
  };
  void parse(const std::string& text);
  std::optional<mode_t> absolute_;
  std::vector<clause> clauses_;
};

}  // namespace zoomin::build
