// SPDX-License-Identifier: MIT
#include "container/spec/fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "04-cgroups/limits.hpp"
#include "base/json.hpp"
#include "base/option_text.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"
#include "common/text.hpp"

namespace zoomin::container {

namespace {

// The order matters: subjects check their fields against fields of earlier subjects.
constexpr std::array subjects{&general_subject, &process_subject,   &network_subject,
                              &mount_subject,   &updatable_subject, &fixed_limits_subject,
                              &health_subject,  &log_subject,       &security_subject};

constexpr std::uint64_t page = 4096;

const json* find(const json& in, std::string_view pointer) {
  const json* at = &in;
  while (!pointer.empty()) {
    const auto end = std::min(pointer.find('/', 1), pointer.size());
    const auto found = at->find(std::string(pointer.substr(1, end - 1)));
    if (found == at->end() || found->is_null()) return nullptr;
    at = &*found;
    pointer.remove_prefix(end);
  }
  return at;
}

json::json_pointer pointer_of(const field& field) {
  return json::json_pointer(std::string(field.pointer));
}

void put_by_kind(const field& field, const std::string& text, json& target) {
  if (field.takes == kind::toggle) target = text == "true";
  if (field.takes == kind::text) target = text;
  if (field.takes == kind::number) target = parse_whole_number(field.name, text);
  if (field.takes == kind::size) target = cgroup::parse_size(field.name, text, page);
  if (field.takes == kind::list) target.push_back(text);
  if (field.takes == kind::pairs) {
    auto [name, value] = text::cut(text, '=');
    target[name] = value;
  }
}

// Returns "true" or "false" for a toggle, otherwise the option's value.
std::string option_value(const field& field, const std::string& option) {
  const auto [name, value] = text::cut(option, '=');
  const bool bare = option.find('=') == std::string::npos;
  if (field.takes == kind::toggle) {
    const auto on = bare ? true : base::parse_bool(value);
    if (!on) throw usage_error(fmt::format("{}: expected true or false", option));
    return *on ? "true" : "false";
  }
  if (bare)
    throw usage_error(fmt::format("invalid field '{}' must be a key=value pair", name));
  return value;
}

bool takes_several(const field& field) {
  return field.takes == kind::list || field.takes == kind::pairs;
}

}  // namespace

std::vector<field> update_fields() {
  return {updatable_subject.fields.begin(), updatable_subject.fields.end()};
}

std::vector<field> all_fields() {
  std::vector<field> fields;
  for (const auto* subject : subjects)
    fields.insert(fields.end(), subject->fields.begin(), subject->fields.end());
  return fields;
}

std::vector<field> build_fields() {
  auto fields = all_fields();
  std::erase_if(fields, [](const field& field) { return !field.is_of_build; });
  return fields;
}

std::string setting_of(const field& field) {
  if (!field.setting.empty()) return std::string(field.setting);
  std::string name(field.pointer.substr(std::min<std::size_t>(1, field.pointer.size())));
  std::ranges::replace(name, '/', '.');
  return name.starts_with("HostConfig") ? name : "Config." + name;
}

std::string_view flag_of(std::string_view setting) {
  for (const auto* subject : subjects)
    for (const field& field : subject->fields)
      if (!field.name.empty() && setting_of(field) == setting) return field.name;
  return {};
}

void put(const field& field, const std::vector<std::string>& values, json& request) {
  if (field.takes == kind::toggle && field.put != nullptr && values.back() != "true")
    return;
  json& target = request[pointer_of(field)];
  for (auto text = takes_several(field) ? values.begin() : values.end() - 1;
       text != values.end(); ++text)
    if (field.put == nullptr)
      put_by_kind(field, *text, target);
    else
      field.put(field.name, *text, target);
}

void put_options(const std::string& prefix, const std::string& text,
                 std::span<const field> known, json& to) {
  std::set<std::string_view> seen;
  for (const auto& option : base::csv_fields(text)) {
    const std::string name = text::cut(option, '=').first;
    const auto found = std::ranges::find(known, name, &field::name);
    if (found == known.end())
      throw usage_error(fmt::format("{}\"{}\": not supported", prefix, name));
    if (!takes_several(*found) && !seen.insert(found->pointer).second)
      throw usage_error(fmt::format("{}{} is given twice", prefix, name));
    put(*found, {option_value(*found, option)}, to);
  }
}

container_spec read_spec(const json& request) {
  base::require_version(value(request, "Version", 1), "container.json");
  container_spec spec;
  for (const auto* subject : subjects) {
    for (const field& field : subject->fields) {
      const json* const found =
          field.read == nullptr ? nullptr : find(request, field.pointer);
      if (found != nullptr) field.read(*found, spec);
    }
    if (subject->finish != nullptr) subject->finish(request, spec);
  }
  return spec;
}

void add_initial_values(json& request) {
  for (const auto& field : all_fields())
    if (!field.initial.empty() && !request.contains(pointer_of(field)))
      request[pointer_of(field)] = json::parse(field.initial);
}

std::string container_text(const json& request) {
  std::string text = base::json_text(request, 2) + "\n";
  base::require_bounded(text, "the request", base::deepest_own_json);
  return text;
}

stored_spec stored(const json& request) {
  return {container_text(request), read_spec(request)};
}

int parse_whole_number(std::string_view flag, const std::string& text, int minimum) {
  const bool negative = text.starts_with('-');
  const auto digits = text::whole_number(std::string_view(text).substr(negative ? 1 : 0));
  const auto number = static_cast<int>(std::min(digits.value_or(0), 999'999'999U));
  if (!digits || (negative ? -number : number) < minimum)
    throw usage_error(
        fmt::format("{} {}: expected a whole number", flag, sys::quote(text)));
  return negative ? -number : number;
}

}  // namespace zoomin::container
