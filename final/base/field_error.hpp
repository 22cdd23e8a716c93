// SPDX-License-Identifier: MIT
// field_error: a setting of a container that can't be accepted. Messages of the engine
// name settings as `inspect` shows them, "HostConfig.NanoCpus" and "Config.Hostname". The
// command line replaces these names by its flags (in_flags() of cli/console.hpp); other
// clients of the engine need not.
#pragma once

#include <string>
#include <utility>

#include "common/error.hpp"

namespace zoomin::base {

class field_error : public usage_error {
 public:
  // The message is the field's name, followed by `problem`, which may begin with a colon.
  field_error(std::string field, const std::string& problem, std::string hint = {})
      : usage_error(field + (problem.starts_with(':') ? "" : " ") + problem,
                    std::move(hint)),
        field_(std::move(field)) {}

  [[nodiscard]] const std::string& field() const noexcept { return field_; }

 private:
  std::string field_;
};

}  // namespace zoomin::base
