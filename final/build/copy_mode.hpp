// SPDX-License-Identifier: MIT
// copy_mode: the mode of COPY --chmod: "755", "0644", or "u+x,go=rX" as chmod(1) has it.
// Pure.
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
  // Returns the permissions of a file that has `mode`, with its type, before.
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
