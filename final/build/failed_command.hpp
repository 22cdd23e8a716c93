// SPDX-License-Identifier: MIT
// failed_command: reports that the command of a RUN has failed.
#pragma once

#include <fmt/format.h>

#include <string>

#include "build/dockerfile.hpp"

namespace zoomin::build {

class failed_command : public dockerfile_error {
 public:
  failed_command(const dockerfile& file, unsigned line, const std::string& text,
                 int status)
      : dockerfile_error(
            file, line, 0,
            fmt::format("process \"{}\" did not complete successfully: exit code: {}",
                        text, status)),
        status_(status) {}
  [[nodiscard]] int status() const { return status_; }

 private:
  int status_;
};

}  // namespace zoomin::build
