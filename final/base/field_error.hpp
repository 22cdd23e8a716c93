// SPDX-License-Identifier: MIT
// field_error: a setting of a container that can't be accepted. Messages of the engine
// name settings as `inspect` shows them, "HostConfig.NanoCpus" and "Config.Hostname". The
// command line replaces these names by its flags (in_flags() of cli/console.hpp); other
// clients of the engine need not.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "common/error.hpp"

namespace zoomin::base {

class field_error : public usage_error {
 public:
  // The message is the field's name, followed by `problem`, which may begin with a colon.
  field_error(std::string field, const std::string& problem, std::string hint = {},
              failure_kind kind = failure_kind::invalid)
      : usage_error(kind, field + (problem.starts_with(':') ? "" : " ") + problem,
                    std::move(hint)),
        field_(std::move(field)) {}

  [[nodiscard]] const std::string& field() const noexcept { return field_; }

 private:
  std::string field_;
};

// Returns the name of the field with which a text begins; empty if it begins otherwise.
std::string_view field_in(std::string_view text);

// Throws a failure that has come from another process by its text, kind and hint. It
// becomes a field_error again if its text begins with a field.
[[noreturn]] void throw_received(const usage_error& failure);

// Calls `set`, which passes a field's value to the kernel. A refusal becomes a
// field_error: "HostConfig.Sysctls net.a=b: write(/proc/sys/net/a): Invalid argument".
void pass_to_kernel(const std::string& field, const std::string& value,
                    const std::function<void()>& set);

}  // namespace zoomin::base
