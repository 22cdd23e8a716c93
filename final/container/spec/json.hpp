// SPDX-License-Identifier: MIT
// json: the parts of container.json, for spec.cpp. Each function reads one subject, in
// the file of that name; it throws usage_error with a message that names the flag.
#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"
#include "container/spec/spec.hpp"

namespace zoomin::container {

using json = nlohmann::ordered_json;

using files::value;

// Returns a list of strings. A single string is a list of one, as in old documents of
// Docker: "Entrypoint": "echo".
inline std::vector<std::string> strings(const json& in, const char* key) {
  const auto found = in.find(key);
  if (found != in.end() && found->is_string()) return {found->get<std::string>()};
  return value(in, key, std::vector<std::string>());
}
inline json object(const json& in, const char* key) {
  return value(in, key, json(json::object()));
}

// Returns what a document says. Throws usage_error.
container_spec read_spec(const json& document);
// Returns a checked document with its text. Throws usage_error.
stored_spec stored(const json& document);

void read_health(const json& from, container_spec& to);
void read_resources(const json& host, container_spec& to);
void read_log_config(const json& host, container_spec& to);
void read_mounts(const json& from, const json& host, container_spec& to);
void read_network(const json& from, const json& host, container_spec& to);
void read_security(const json& host, container_spec& to);

// Throws usage_error if two mounts have one target.
void refuse_duplicates(const std::vector<requested_mount>& mounts);
// Returns a mount's target in the form that Docker keeps: without doubled slashes, "."
// and "..". Throws usage_error if it is the root, or in /proc or /sys.
std::string valid_target(const std::string& flag, const std::string& text);

}  // namespace zoomin::container
