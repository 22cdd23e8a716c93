// SPDX-License-Identifier: MIT
#include "cli/text/template_functions.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>

#include "base/json.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"

namespace zoomin::cli {

constexpr std::size_t max_columns = 1000;  // of the blanks that printf and pad insert

void refuse_format(const std::string& why) { throw usage_error("--format: " + why); }

// Prints values as Go's fmt.Print does. A missing value prints as an empty list, since
// most values that may be missing are lists.
std::string text_of(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_null()) return "[]";
  if (!value.is_structured()) return base::shown_json(value);
  std::string result, blank;
  for (const auto& [key, item] : value.items()) {
    result +=
        fmt::format("{}{}{}", blank, value.is_object() ? key + ":" : "", text_of(item));
    blank = " ";
  }
  return fmt::format("{}[{}]", value.is_object() ? "map" : "", result);
}

bool is_true(const json& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number()) return value != 0;
  if (value.is_string()) return !value.get_ref<const std::string&>().empty();
  return !value.empty();
}

namespace {

// Returns the empty value of a field that Docker's structures have, but that their JSON
// omits if it is empty; nullptr if there is no such field.
const json* omitted_value(const std::string& name) {
  static const std::map<std::string, json> result{{"Health", nullptr},
                                                  {"Healthcheck", nullptr},
                                                  {"ExposedPorts", json::object()},
                                                  {"StopSignal", ""},
                                                  {"StopTimeout", nullptr},
                                                  {"Shell", nullptr},
                                                  {"Annotations", json::object()},
                                                  {"Mounts", nullptr},
                                                  {"Tmpfs", json::object()},
                                                  {"Sysctls", json::object()}};
  const auto found = result.find(name);
  return found == result.end() ? nullptr : &found->second;
}

}  // namespace

// Returns the name that a field has in JSON: ID is "Id", or "id" in an event, where all
// names begin with a lower-case letter.
std::string json_name(const json& value, std::string name) {
  if (name == "ID") return value.contains("Id") ? "Id" : "id";
  if (!name.empty())
    name[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(name[0])));
  return name;
}

const json& field_of(const json& value, const std::string& name) {
  const auto found = value.find(name);  // end() if the value isn't an object
  if (found != value.end()) return *found;
  if (const auto other = value.find(json_name(value, name)); other != value.end())
    return *other;
  static const json no_text = "";  // for a mount that isn't a volume
  if ((name == "Name" || name == "Driver") && value.contains("Destination"))
    return no_text;
  if (const auto* empty = omitted_value(name); empty != nullptr && value.is_object())
    return *empty;
  refuse_format(fmt::format("can't evaluate field {}", name));
}

json label_of(const json& row, const std::string& name) {
  const std::string result = "," + text_of(field_of(row, "Labels"));
  const auto at = result.find("," + name + "=");
  if (at == std::string::npos) return "";
  const auto begin = at + name.size() + 2;
  return result.substr(begin, result.find(',', begin) - begin);
}

namespace {

json index_of(json value, const std::vector<json>& keys) {
  for (const auto& key : keys) {
    if (value.is_null() && key.is_string()) {
      value = "";
    } else if (value.is_object() && key.is_string()) {
      const auto name = key.get<std::string>();
      value = value.contains(name) ? json(value[name]) : json("");
    } else if (value.is_array() && key.is_number_unsigned() && key < value.size()) {
      value = json(value[key.get<std::size_t>()]);
    } else {
      refuse_format(fmt::format("index: no element {}", base::shown_json(key)));
    }
  }
  return value;
}

std::string titled(std::string text) {
  for (std::size_t i = 0; i < text.size(); ++i)
    if (i == 0 || std::isalnum(static_cast<unsigned char>(text[i - 1])) == 0)
      text[i] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[i])));
  return text;
}

std::string joined(const json& list, const std::string& separator) {
  std::string result;
  for (const auto& item : list)
    result += (&item == &list.front() ? "" : separator) + text_of(item);
  return result;
}

json split_text(const std::string& text, const std::string& separator) {
  json result = json::array();
  for (std::size_t at = 0; at <= text.size() && !separator.empty();) {
    const auto end = std::min(text.find(separator, at), text.size());
    result.push_back(text.substr(at, end - at));
    at = end + separator.size();
  }
  return result;
}

// Returns a part of a text or of a list: slice VALUE [BEGIN [END]].
json slice_of(std::span<const json> values) {
  const bool is_text = values[0].is_string();
  if (!is_text && !values[0].is_array() && !values[0].is_null())
    refuse_format(fmt::format("slice: expected a text or a list, not {}",
                              base::shown_json(values[0])));
  const auto size = is_text ? text_of(values[0]).size() : values[0].size();
  const auto position = [&](std::size_t number, std::size_t default_value) {
    if (values.size() <= number) return default_value;
    if (!values[number].is_number_unsigned() || values[number] > size)
      refuse_format(
          fmt::format("slice: {} is out of range", base::shown_json(values[number])));
    return values[number].get<std::size_t>();
  };
  const auto begin = position(1, 0), end = position(2, size);
  if (end < begin) refuse_format("slice: the end is before the beginning");
  if (is_text) return text_of(values[0]).substr(begin, end - begin);
  json result = json::array();
  for (auto at = begin; at < end; ++at) result.push_back(values[0][at]);
  return result;
}

// Holds a verb of printf, such as "%-12.12s".
struct verb {
  char letter;
  std::string flags;
  std::size_t width = 0;
  std::optional<std::size_t> precision{};
};

verb parse_verb(const std::string& pattern, std::size_t& at) {
  verb parsed{};
  const auto number = [&] {
    std::size_t value = 0;
    for (; at < pattern.size() &&
           std::isdigit(static_cast<unsigned char>(pattern[at])) != 0;
         ++at)
      value = std::min<std::size_t>(
          value * 10 + static_cast<std::size_t>(pattern[at] - '0'), max_columns);
    return value;
  };
  for (;
       at < pattern.size() && std::string("-0+ #").find(pattern[at]) != std::string::npos;
       ++at)
    parsed.flags += pattern[at];
  parsed.width = number();
  if (at < pattern.size() && pattern[at] == '.') {
    ++at;
    parsed.precision = number();
  }
  if (at >= pattern.size()) refuse_format("printf: % without a verb");
  parsed.letter = pattern[at];
  return parsed;
}

// Returns the bytes of a text as pairs of digits, as Go's %x does.
std::string hexadecimal(std::string_view text) {
  std::string result;
  for (const char c : text)
    result += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return result;
}

std::string print_value(const verb& spec, const json& value) {
  std::string text = text_of(value);
  if (spec.letter == 'q') text = base::shown_json(json(text));
  if (spec.letter == 'f' && value.is_number())
    text = fmt::format("{:.{}f}", value.get<double>(), spec.precision.value_or(6));
  if (spec.letter == 'x')
    text = value.is_number_integer() ? fmt::format("{:x}", value.get<std::int64_t>())
                                     : hexadecimal(text);
  if (spec.letter == 's' || spec.letter == 'v')
    text = text.substr(0, spec.precision.value_or(text.size()));
  if (text.size() >= spec.width) return text;
  const std::size_t missing = spec.width - text.size();
  if (spec.flags.find('-') != std::string::npos) return text + std::string(missing, ' ');
  const bool zeros = spec.flags.find('0') != std::string::npos && value.is_number();
  return std::string(missing, zeros ? '0' : ' ') + text;
}

std::string printed(std::span<const json> values) {
  const std::string pattern = text_of(values[0]);
  std::string result;
  std::size_t next = 1;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    if (pattern[at] != '%') {
      result += pattern[at];
      continue;
    }
    const auto verb = parse_verb(pattern, ++at);
    if (verb.letter == '%') {
      result += '%';
      continue;
    }
    if (std::string("svdqtxf").find(verb.letter) == std::string::npos ||
        next >= values.size())
      refuse_format(
          fmt::format("printf: %{}: unknown verb or missing argument", verb.letter));
    result += print_value(verb, values[next++]);
  }
  return result;
}

json all_printed(std::span<const json> values, const std::string& end) {
  std::string result;
  for (const auto& value : values) result += (result.empty() ? "" : " ") + text_of(value);
  return result + end;
}

std::size_t size_of(const json& value) {
  return value.is_string() ? text_of(value).size() : value.size();
}

json padded(std::span<const json> values) {
  const std::string text = text_of(values[0]);
  const auto blanks = [&](const json& number) {
    return std::string(number.is_number_unsigned()
                           ? std::min(number.get<std::size_t>(), max_columns)
                           : 0,
                       ' ');
  };
  return text.empty() ? text : blanks(values[1]) + text + blanks(values[2]);
}

json truncated(std::span<const json> values) {
  return text_of(values[0]).substr(
      0, values[1].is_number_unsigned() ? values[1].get<std::size_t>() : 0);
}

// Returns the first value that is as true as `truth`, else the last value, as Go's `and`
// and `or` do.
json first_that_is(bool truth, std::span<const json> values) {
  const auto found = std::ranges::find_if(
      values, [&](const json& value) { return is_true(value) == truth; });
  return found != values.end() ? *found : values.back();
}

using arguments = std::span<const json>;

struct function {
  std::size_t min_count, max_count;  // number of arguments
  json (*call)(arguments);
};

constexpr std::size_t any = 1000;

const std::map<std::string, function>& functions() {
  static const std::map<std::string, function> result{
      {"and", {1, any, [](arguments values) { return first_that_is(false, values); }}},
      {"or", {1, any, [](arguments values) { return first_that_is(true, values); }}},
      {"not", {1, 1, [](arguments values) -> json { return !is_true(values[0]); }}},
      {"eq",
       {2, any,
        [](arguments values) -> json {
          return std::find(values.begin() + 1, values.end(), values[0]) != values.end();
        }}},
      {"ne", {2, 2, [](arguments values) -> json { return values[0] != values[1]; }}},
      {"lt", {2, 2, [](arguments values) -> json { return values[0] < values[1]; }}},
      {"le", {2, 2, [](arguments values) -> json { return values[0] <= values[1]; }}},
      {"gt", {2, 2, [](arguments values) -> json { return values[0] > values[1]; }}},
      {"ge", {2, 2, [](arguments values) -> json { return values[0] >= values[1]; }}},
      {"index",
       {1, any,
        [](arguments values) {
          return index_of(values[0], {values.begin() + 1, values.end()});
        }}},
      {"slice", {1, 3, slice_of}},
      {"len", {1, 1, [](arguments values) -> json { return size_of(values[0]); }}},
      {"join",
       {2, 2,
        [](arguments values) -> json { return joined(values[0], text_of(values[1])); }}},
      {"split",
       {2, 2,
        [](arguments values) {
          return split_text(text_of(values[0]), text_of(values[1]));
        }}},
      {"json",
       {1, 1, [](arguments values) -> json { return base::shown_json(values[0]); }}},
      {"upper",
       {1, 1,
        [](arguments values) -> json { return sys::upper_case(text_of(values[0])); }}},
      {"lower",
       {1, 1,
        [](arguments values) -> json { return sys::lower_case(text_of(values[0])); }}},
      {"title",
       {1, 1, [](arguments values) -> json { return titled(text_of(values[0])); }}},
      {"pad", {3, 3, padded}},
      {"truncate", {2, 2, truncated}},
      {"print", {0, any, [](arguments values) { return all_printed(values, ""); }}},
      {"println", {0, any, [](arguments values) { return all_printed(values, "\n"); }}},
      {"printf", {1, any, [](arguments values) -> json { return printed(values); }}},
  };
  return result;
}

}  // namespace

json call_function(const std::string& name, std::span<const json> values) {
  const auto found = functions().find(name);
  if (found == functions().end())
    refuse_format(fmt::format("function {} not defined", sys::quote(name)));
  if (values.size() < found->second.min_count || values.size() > found->second.max_count)
    refuse_format(
        fmt::format("wrong number of args for {}: want {}{} got {}", name,
                    found->second.max_count > found->second.min_count ? "at least " : "",
                    found->second.min_count, values.size()));
  return found->second.call(values);
}

}  // namespace zoomin::cli
