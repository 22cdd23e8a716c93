// SPDX-License-Identifier: MIT
// errors: the exceptions of the command line: invalid command lines, and refused consent.
#pragma once

#include <exception>
#include <string>
#include <vector>

#include "common/error.hpp"

namespace zoomin::cli {

// The words of a command line.
using arguments = std::vector<std::string>;

// Reports an invalid command line. The exit status is 125, whatever the command.
class misuse : public usage_error {
 public:
  using usage_error::usage_error;
};

// Reports too few or too many arguments, or an unknown command. The exit status is 1, as
// with docker.
class wrong_arguments : public usage_error {
 public:
  using usage_error::usage_error;
};

// Reports one of Docker's commands or flags that isn't implemented. The exit status is
// 125.
class not_supported : public misuse {
 public:
  explicit not_supported(const std::string& feature)
      : misuse(feature + ": not supported") {}
};

// Reports a failure that another program has already explained on stderr.
class already_reported : public std::exception {
 public:
  [[nodiscard]] const char* what() const noexcept override { return "already reported"; }
};

// Reports that the answer to require_consent() was no.
class consent_refused : public std::exception {
 public:
  [[nodiscard]] const char* what() const noexcept override {
    return "nothing was removed";
  }
};

}  // namespace zoomin::cli
