// SPDX-License-Identifier: MIT
#include "cli/format_functions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>

#include "common/error.hpp"
#include "common/sys.hpp"

namespace zoomin::cli {

void refuse_format(const std::string& why) { throw usage_error("--format: " + why); }

// As Go's fmt.Print shows them.
std::string text_of(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_null()) return "<no value>";
  if (!value.is_structured()) return value.dump();
  std::string all;
  for (const auto& [key, one] : value.items())
    all += fmt::format("{}{}{}", all.empty() ? "" : " ",
                       value.is_object() ? key + ":" : "", text_of(one));
  return fmt::format("{}[{}]", value.is_object() ? "map" : "", all);
}

bool is_true(const json& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number()) return value != 0;
  if (value.is_string()) return !value.get_ref<const std::string&>().empty();
  return !value.empty();
}

const json& field_of(const json& value, const std::string& name) {
  const auto found = value.find(name);  // its end where it is no object
  if (found != value.end()) return *found;
  refuse_format(fmt::format("there is no field {} here", name));
}

namespace {

json index_of(json value, const std::vector<json>& keys) {
  for (const auto& key : keys) {
    if (value.is_object() && key.is_string()) {
      const auto name = key.get<std::string>();
      value = value.contains(name) ? json(value[name]) : json("");
    } else if (value.is_array() && key.is_number_unsigned() && key < value.size()) {
      value = json(value[key.get<std::size_t>()]);
    } else {
      refuse_format(fmt::format("index: there is no {} in it", key.dump()));
    }
  }
  return value;
}

std::string mapped(const json& value, int (*letter)(int)) {
  std::string text = text_of(value);
  std::ranges::transform(text, text.begin(),
                         [&](unsigned char c) { return static_cast<char>(letter(c)); });
  return text;
}

std::string titled(std::string text) {
  for (std::size_t i = 0; i < text.size(); ++i)
    if (i == 0 || text[i - 1] == ' ')
      text[i] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[i])));
  return text;
}

std::string joined(const json& list, const std::string& by) {
  std::string all;
  for (const auto& one : list) all += (&one == &list.front() ? "" : by) + text_of(one);
  return all;
}

json parts_of(const std::string& text, const std::string& by) {
  json all = json::array();
  for (std::size_t at = 0; at <= text.size() && !by.empty();) {
    const auto end = std::min(text.find(by, at), text.size());
    all.push_back(text.substr(at, end - at));
    at = end + by.size();
  }
  return all;
}

// %s, %v, %d, each with a width and a precision: "%-12.12s"; %% .
std::string printed(const std::string& how, std::span<const json> values) {
  std::string all;
  std::size_t next = 0;
  for (std::size_t at = 0; at < how.size(); ++at) {
    if (how[at] != '%') {
      all += how[at];
      continue;
    }
    const auto verb = how.find_first_not_of("-.0123456789", at + 1);
    if (verb == std::string::npos) refuse_format("printf: % without a verb");
    const std::string shape = how.substr(at + 1, verb - at - 1);
    at = verb;
    if (how[verb] == '%') {
      all += '%';
      continue;
    }
    if (std::string("svd").find(how[verb]) == std::string::npos || next >= values.size())
      refuse_format(fmt::format("printf: %{} can't be filled", how[verb]));
    const bool left = shape.starts_with('-');
    all += fmt::format(fmt::runtime(fmt::format("{{:{}{}}}", left ? "<" : ">",
                                                left ? shape.substr(1) : shape)),
                       text_of(values[next++]));
  }
  return all;
}

json all_printed(std::span<const json> values, const std::string& end) {
  std::string all;
  for (const auto& one : values) all += (all.empty() ? "" : " ") + text_of(one);
  return all + end;
}

json call_text(const std::string& name, std::span<const json> with) {
  const json& last = with.back();
  if (name == "json") return last.dump();
  if (name == "len") return last.is_string() ? text_of(last).size() : last.size();
  if (name == "upper") return mapped(last, std::toupper);
  if (name == "lower") return mapped(last, std::tolower);
  if (name == "title") return titled(text_of(last));
  if (name == "print") return all_printed(with, "");
  if (name == "println") return all_printed(with, "\n");
  if (name == "printf") return printed(text_of(with[0]), with.subspan(1));
  if (name == "not") return !is_true(last);
  refuse_format(fmt::format("there is no function {}", sys::quoted(name)));
}

}  // namespace

json call_function(const std::string& name, std::span<const json> with) {
  if (with.empty() && name == "println") return "\n";
  if (with.empty()) refuse_format(fmt::format("{} needs an argument", sys::quoted(name)));
  if (name == "index") return index_of(with[0], {with.begin() + 1, with.end()});
  static const std::map<std::string, std::function<json(const json&, const json&)>> two{
      {"eq", [](const json& a, const json& b) { return a == b; }},
      {"ne", [](const json& a, const json& b) { return a != b; }},
      {"lt", [](const json& a, const json& b) { return a < b; }},
      {"gt", [](const json& a, const json& b) { return a > b; }},
      {"and", [](const json& a, const json& b) { return is_true(a) ? b : a; }},
      {"or", [](const json& a, const json& b) { return is_true(a) ? a : b; }},
      {"join", [](const json& a, const json& b) { return joined(a, text_of(b)); }},
      {"split",
       [](const json& a, const json& b) { return parts_of(text_of(a), text_of(b)); }},
      {"truncate", [](const json& a, const json& b) {
         return text_of(a).substr(0, b.is_number_unsigned() ? b.get<std::size_t>() : 0);
       }}};
  const auto found = two.find(name);
  if (found == two.end()) return call_text(name, with);
  if (with.size() != 2) refuse_format(fmt::format("{} takes two arguments", name));
  return found->second(with[0], with[1]);
}

}  // namespace zoomin::cli
