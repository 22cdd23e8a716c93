// SPDX-License-Identifier: MIT
// columns: listings as data. A listing is described by a table of columns, each with its
// name in templates, its heading in tables, and the function that returns its value.
#pragma once

#include <cstddef>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/error.hpp"

namespace zoomin::docker {

using json = nlohmann::ordered_json;

// Called with the failure to read an object. A list omits the object, and shows the
// others.
using on_damage = std::function<void(const usage_error&)>;

// Describes a column of a table whose rows have the type `Row`. The last argument of the
// constructor, a lambda without captures, returns the value for a row. If the value is
// null, the row lacks the column.
template <typename Row>
struct column {
  template <typename Get>
  constexpr column(const char* column_key, const char* column_heading, Get)
      : key(column_key),
        heading(column_heading),
        value([](const Row& row) -> json { return Get{}(row); }) {}

  const char* key;      // "ID", in {{.ID}} and in JSON
  const char* heading;  // "CONTAINER ID"
  json (*value)(const Row&);
};

struct listing {
  json headings = json::object();  // by the keys of the columns
  std::vector<json> rows{};
};

template <typename Row, std::size_t count>
listing listing_of(const column<Row> (&columns)[count], const std::vector<Row>& objects) {
  listing listing;
  for (const auto& column : columns) listing.headings[column.key] = column.heading;
  for (const auto& object : objects) {
    json& row = listing.rows.emplace_back(json::object());
    for (const auto& column : columns)
      if (auto value = column.value(object); !value.is_null())
        row[column.key] = std::move(value);
  }
  return listing;
}

}  // namespace zoomin::docker
