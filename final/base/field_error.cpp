// SPDX-License-Identifier: MIT
#include "base/field_error.hpp"

namespace zoomin::base {

std::string_view field_in(std::string_view text) {
  constexpr std::string_view letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.";
  const auto word = text.substr(0, text.find_first_not_of(letters));
  const bool is_field = word.starts_with("HostConfig.") || word.starts_with("Config.");
  return is_field ? word : std::string_view();
}

void throw_received(const usage_error& failure) {
  const std::string_view text = failure.what();
  const auto field = field_in(text);
  if (field.empty()) throw usage_error(failure.kind(), failure.what(), failure.hint());
  auto problem = text.substr(field.size());
  problem.remove_prefix(problem.starts_with(' ') ? 1 : 0);
  throw field_error(std::string(field), std::string(problem), failure.hint(),
                    failure.kind());
}

void pass_to_kernel(const std::string& field, const std::string& value,
                    const std::function<void()>& set) try {
  set();
} catch (const sys::error& refused) {
  throw field_error(field, value + ": " + refused.what(), hint_for(refused));
}

}  // namespace zoomin::base
