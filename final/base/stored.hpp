// SPDX-License-Identifier: MIT
// stored: reads and writes our own small files. The fields of each are listed once: a
// function each_field(object, visit), beside the type, calls visit("Key", member) for
// each field. If a file of an older version lacks a key, the member keeps its default
// value.
#pragma once

#include <string>
#include <string_view>

#include "base/json.hpp"

namespace zoomin::base {

// Returns the content of the object's file.
template <typename Stored>
std::string stored_text(const Stored& object) {
  nlohmann::ordered_json document{{"Version", format_version}};
  each_field(object,
             [&](const char* key, const auto& member) { document[key] = member; });
  return json_text(document, 2) + "\n";
}

// Parses the content of a file. Throws usage_error, with the kind `damaged` and a message
// that begins with `name`, or with the kind `unsupported` if a newer program wrote the
// file.
template <typename Stored>
Stored parse_stored(std::string_view text, const std::string& name,
                    const std::string& hint) {
  return read_or_damaged(name, hint, [&] {
    const auto document = parse_own<nlohmann::ordered_json>(text, name);
    require_version(document.value("Version", 1), name);
    Stored object;
    each_field(object, [&](const char* key, auto& member) {
      if (const auto found = document.find(key); found != document.end())
        found->get_to(member);
    });
    return object;
  });
}

}  // namespace zoomin::base
