// SPDX-License-Identifier: MIT
// json: reads and writes all JSON text.
//
// Any text may come from a hostile source or a damaged disk, so the reader bounds its
// size and its depth: copying, comparing and writing a nested value recurse, and 300,000
// brackets would overflow the stack.
//
// JSON is UTF-8, while arguments, variables, labels and paths of Linux are bytes. In our
// own documents (json_text, parse_own) each byte that isn't UTF-8 becomes a character of
// the private use area, U+10FF80 to U+10FFFF for the bytes 0x80 to 0xFF. If a text has
// such a character itself, its four bytes are written in this way. Reading gives the
// bytes back unchanged.
#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <string_view>

#include "common/error.hpp"

namespace zoomin::base {

// The version of the files below root_directory(), under their key "Version". It is
// raised when an older program would misread a newer file; adding a key doesn't raise it.
constexpr int format_version = 1;

constexpr std::size_t largest_json_bytes = 16UL << 20;
// Limits of the nesting. Our own documents may be nested deeper, since they contain
// documents of others.
constexpr int deepest_json = 64, deepest_own_json = 80;

// Checks the size and depth of `text`, the document `name`. Throws usage_error, with the
// kind `invalid`, if it is larger than 16 MiB or nested deeper than `deepest` levels.
void require_bounded(std::string_view text, std::string_view name, int deepest);

// Checks the version of a document. Throws usage_error, with the kind `unsupported`, if a
// newer program wrote it. A document without a version has version 1.
void require_version(int version, std::string_view name);

// Escape and unescape bytes that aren't UTF-8, as described at the top.
std::string escape_bytes(std::string_view bytes);
std::string unescape_bytes(std::string_view text);
bool is_utf8(std::string_view bytes);
bool has_escapes(std::string_view text);
// Escapes the control characters that nlohmann leaves in a JSON text, such as DEL and
// U+0080 to U+009F.
std::string escape_controls(std::string_view json_text);

// Reads a document that others wrote. Throws usage_error if it exceeds the bounds, and
// nlohmann's exceptions if it isn't JSON.
template <typename Json = nlohmann::json>
Json parse_json(std::string_view text, std::string_view name);

// Reads a document that json_text() wrote; throws like parse_json().
template <typename Json = nlohmann::json>
Json parse_own(std::string_view text, std::string_view name);

// Returns the string under a key of a document that others wrote, or "" if the key is
// missing or has another type.
template <typename Json>
std::string text_in(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->template get<std::string>()
                                                     : "";
}

// Returns the value of a key, or `fallback` if it is missing or null, which Docker's
// documents treat alike. Throws nlohmann's exception if it has another type.
template <typename T, typename Json>
T value(const Json& in, const char* key, T fallback) {
  const auto found = in.find(key);
  return found == in.end() || found->is_null() ? fallback : found->template get<T>();
}

// Runs `read`, which reads one of our own files. If it fails, throws usage_error with the
// kind `damaged` and a message that begins with `name`.
template <typename Read>
auto read_or_damaged(const std::string& name, const std::string& hint, Read&& read) {
  try {
    return read();
  } catch (const usage_error& failure) {
    if (failure.kind() == failure_kind::unsupported) throw;
    throw usage_error(failure_kind::damaged, name + ": " + failure.what(), hint);
  } catch (const nlohmann::json::exception& failure) {
    throw usage_error(failure_kind::damaged, name + ": " + failure.what(), hint);
  }
}

// Writes a document that parse_own() reads.
template <typename Json>
std::string json_text(const Json& value, int indent = -1);

// Writes a document for others. A byte that isn't UTF-8 becomes U+FFFD, as in Docker, and
// a character that a terminal would interpret becomes a JSON escape.
template <typename Json>
std::string shown_json(const Json& value, int indent = -1);

}  // namespace zoomin::base
