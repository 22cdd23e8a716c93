// SPDX-License-Identifier: MIT
#include "base/json.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.hpp"

namespace zoomin::base {

namespace {

// U+10FF80 to U+10FFFF are F4 8F BE 80 to F4 8F BF BF.
constexpr std::string_view first_two = "\xF4\x8F";

bool is_escape(std::string_view text, std::size_t at) {
  return text.substr(at, 2) == first_two && base::byte_at(text, at + 2) >= 0xBE;
}

// Returns the value with `change` applied to each string in it, keys included.
template <typename Json, typename Change>
Json with_texts(const Json& value, const Change& change) {
  if (value.is_string()) return change(value.template get_ref<const std::string&>());
  if (!value.is_structured()) return value;
  Json changed = value.is_object() ? Json::object() : Json::array();
  for (const auto& [key, part] : value.items())
    if (value.is_object())
      changed[change(key)] = with_texts(part, change);
    else
      changed.push_back(with_texts(part, change));
  return changed;
}

}  // namespace

void require_bounded(std::string_view text, std::string_view name, int deepest) {
  if (text.size() > largest_json_bytes)
    throw usage_error(fmt::format("{} is larger than 16 MiB", name));
  int depth = 0;
  bool quoted = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (quoted && c == '\\')
      ++at;
    else if (c == '"')
      quoted = !quoted;
    else if (!quoted && (c == '[' || c == '{'))
      ++depth;
    else if (!quoted && (c == ']' || c == '}'))
      --depth;
    if (depth > deepest)
      throw usage_error(fmt::format("{} is nested deeper than {} levels", name, deepest));
  }
}

void require_version(int version, std::string_view name) {
  if (version <= format_version) return;
  throw usage_error(
      failure_kind::unsupported,
      fmt::format("{} was written by a newer zoomin (version {}, supported: {})", name,
                  version, format_version),
      "use the newer zoomin");
}

bool is_utf8(std::string_view bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    const auto length = base::character_length(bytes, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

bool has_escapes(std::string_view text) {
  for (auto at = text.find(first_two); at != std::string_view::npos;
       at = text.find(first_two, at + 1))
    if (is_escape(text, at)) return true;
  return false;
}

std::string escape_bytes(std::string_view bytes) {
  std::string text;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto length = is_escape(bytes, at) ? 0 : base::character_length(bytes, at);
    if (length != 0) {
      text += bytes.substr(at, length);
      at += length;
      continue;
    }
    const unsigned byte = base::byte_at(bytes, at++);
    text += first_two;
    text += static_cast<char>(0xBCU | byte >> 6U);  // 0x80-0xBF: BE, 0xC0-0xFF: BF
    text += static_cast<char>(0x80U | (byte & 0x3FU));
  }
  return text;
}

std::string escape_controls(std::string_view json_text) {
  std::string escaped;
  for (std::size_t at = 0; at < json_text.size();) {
    const auto length = std::max<std::size_t>(1, base::character_length(json_text, at));
    const unsigned code = base::code_at(json_text, at, length);
    if (code != '\n' && base::is_control(code))
      escaped += fmt::format("\\u{:04x}", code);
    else
      escaped += json_text.substr(at, length);
    at += length;
  }
  return escaped;
}

std::string unescape_bytes(std::string_view text) {
  std::string bytes;
  for (std::size_t at = 0; at < text.size();) {
    if (!is_escape(text, at) || at + 4 > text.size()) {
      bytes += text[at++];
      continue;
    }
    bytes += static_cast<char>((base::byte_at(text, at + 2) & 0x3U) << 6U |
                               (base::byte_at(text, at + 3) & 0x3FU));
    at += 4;
  }
  return bytes;
}

template <typename Json>
Json parse_json(std::string_view text, std::string_view name) {
  require_bounded(text, name, deepest_json);
  return Json::parse(text);
}

template <typename Json>
Json parse_own(std::string_view text, std::string_view name) {
  require_bounded(text, name, deepest_own_json);
  Json value = Json::parse(text);
  return has_escapes(text) ? with_texts(value, unescape_bytes) : value;
}

template <typename Json>
std::string json_text(const Json& value, int indent) {
  try {
    std::string text = value.dump(indent);
    if (!has_escapes(text)) return text;
  } catch (const nlohmann::json::type_error&) {
    // The document has a string that isn't UTF-8.
  }
  return with_texts(value, escape_bytes).dump(indent);
}

template <typename Json>
std::string shown_json(const Json& value, int indent) {
  return escape_controls(value.dump(indent, ' ', false, Json::error_handler_t::replace));
}

// Our own files and the output for Docker's users are ordered_json, since people read
// them. Documents of images are json, which sorts the keys, so that equal documents have
// equal digests.
using nlohmann::json, nlohmann::ordered_json;

template json parse_json<json>(std::string_view, std::string_view);
template ordered_json parse_json<ordered_json>(std::string_view, std::string_view);
template json parse_own<json>(std::string_view, std::string_view);
template ordered_json parse_own<ordered_json>(std::string_view, std::string_view);
template std::string json_text<json>(const json&, int);
template std::string json_text<ordered_json>(const ordered_json&, int);
template std::string shown_json<json>(const json&, int);
template std::string shown_json<ordered_json>(const ordered_json&, int);

}  // namespace zoomin::base
