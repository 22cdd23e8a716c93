// SPDX-License-Identifier: MIT
// json: the parts of container.json, for asked.cpp: each reads one subject of it,
// asked_SUBJECT.cpp, and throws usage_error, which names the flag.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "container/spec/spec.hpp"

namespace zoomin::container {

using json = nlohmann::ordered_json;

// null and what isn't there are the same, as in Docker's documents.
template <typename T>
T value(const json& in, const char* key, T otherwise) {
  const auto found = in.find(key);
  return found == in.end() || found->is_null() ? otherwise : found->get<T>();
}
// A string is a list of one, as in docker's old documents: "Entrypoint": "echo".
inline std::vector<std::string> strings(const json& in, const char* key) {
  const auto found = in.find(key);
  if (found != in.end() && found->is_string()) return {found->get<std::string>()};
  return value(in, key, std::vector<std::string>());
}
inline json object(const json& in, const char* key) {
  return value(in, key, json(json::object()));
}

void read_health(const json& from, container_spec& to);
void read_limits(const json& host, container_spec& to);
void read_log(const json& host, container_spec& to);
void read_mounts(const json& from, const json& host, container_spec& to);
void read_network(const json& from, const json& host, container_spec& to);
void read_rights(const json& host, container_spec& to);

// Returns a mount's path in the container as it is kept, like Docker's: without doubled
// slashes, "." and "..". Throws usage_error if it is the root, or in /proc or /sys.
std::string valid_target(const std::string& flag, const std::string& text);

}  // namespace zoomin::container
