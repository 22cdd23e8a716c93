// SPDX-License-Identifier: MIT
#include "container/failure_line.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/field_error.hpp"
#include "base/json.hpp"
#include "common/error.hpp"

namespace zoomin::container {

namespace {

using json = nlohmann::ordered_json;

constexpr std::string_view refusal = "error ";  // of version 1
constexpr const char* system_kind = "system";

constexpr std::array<std::pair<const char*, failure_kind>, 6> kinds{
    {{"invalid", failure_kind::invalid},
     {"not_found", failure_kind::not_found},
     {"conflict", failure_kind::conflict},
     {"not_running", failure_kind::not_running},
     {"unsupported", failure_kind::unsupported},
     {"damaged", failure_kind::damaged}}};

const char* name_of(failure_kind kind) {
  return std::ranges::find(kinds, kind, [](const auto& known) { return known.second; })
      ->first;
}

// Returns `conflict` for a kind of a newer monitor.
failure_kind kind_named(const std::string& name) {
  const auto* const found =
      std::ranges::find(kinds, name, [](const auto& known) { return known.first; });
  return found == kinds.end() ? failure_kind::conflict : found->second;
}

json object_of(const std::exception& failure) {
  if (const auto* refused = dynamic_cast<const sys::error*>(&failure))
    return {{"kind", system_kind},         {"call", refused->call()},
            {"object", refused->object()}, {"errno", refused->number()},
            {"text", refused->what()},     {"hint", refused->hint()}};
  const auto* usage = dynamic_cast<const usage_error*>(&failure);
  const auto* of_field = dynamic_cast<const base::field_error*>(&failure);
  return {{"kind", name_of(usage != nullptr ? usage->kind() : failure_kind::invalid)},
          {"field", of_field != nullptr ? of_field->field() : ""},
          {"text", failure.what()},
          {"hint", usage != nullptr ? usage->hint() : ""}};
}

[[noreturn]] void throw_object(const json& object) {
  const auto text = base::text_in(object, "text"), hint = base::text_in(object, "hint");
  const auto kind = base::text_in(object, "kind");
  if (kind == system_kind)
    throw sys::error(base::value(object, "errno", 0), base::text_in(object, "call"),
                     base::text_in(object, "object"), hint);
  base::throw_received(usage_error(kind_named(kind), text, hint));
}

json parsed(const std::string& answer) try {
  return base::parse_own<json>(answer, "the monitor's answer");
} catch (const std::exception&) {
  return {};
}

}  // namespace

std::string failure_line(const std::exception& failure, int version) {
  if (version >= version_with_kinds) return base::json_text(object_of(failure));
  auto line = std::string(refusal) + failure.what();
  std::ranges::replace(line, '\n', ' ');
  return line;
}

bool is_failure_line(std::string_view answer) {
  return answer.starts_with(refusal) || answer.starts_with('{');
}

void throw_failure(const std::string& answer) {
  if (const auto object = parsed(answer); object.is_object()) throw_object(object);
  throw usage_error(failure_kind::conflict,
                    answer.substr(answer.starts_with(refusal) ? refusal.size() : 0));
}

}  // namespace zoomin::container
