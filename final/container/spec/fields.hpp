// SPDX-License-Identifier: MIT
// fields: the table of a container's settings. A row describes one setting completely:
// the flag of run, create, update and build with its help, its place in the create
// request and thus in container.json, the functions that put the flag into the request
// and read it into the spec, and what `inspect` shows if it isn't set. Docker's settings
// that zoomin lacks have rows of the kind `unsupported`.
//
// The rows are at the end of a file, below the functions that they use; the declaration
// of each subject names its file. A setting for the kernel also needs a member in the
// struct that container_spec holds, and a key in config.json, which is written by
// runtime/oci_config.cpp and read back by runtime/parse_config.cpp: a start uses only
// what was read back. A limit needs the cgroup file that it is written to
// (cgroup/container_group.cpp) as well.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/flag.hpp"
#include "base/json.hpp"
#include "container/spec/spec.hpp"

namespace zoomin::container {

using json = nlohmann::ordered_json;
using command_line::kind;

struct field {
  std::string_view name;  // of the flag, "--memory"; empty if none sets the field
  char letter = 0;
  kind takes = kind::text;
  std::string_view pointer{};  // the field's place in the request, a JSON pointer
  std::string_view help{};
  std::string_view initial{};  // what `inspect` shows if the field isn't set, in JSON
  // Reads the value at `pointer` into the spec. Called only if the value exists and isn't
  // null. Throws usage_error.
  void (*read)(const json& value, container_spec& to) = nullptr;
  // Puts a value of the flag into the request, at `pointer`. If null, the value is put as
  // the flag's kind says: as a string, a number or an element of a list. Throws
  // usage_error.
  void (*put)(std::string_view flag, const std::string& text, json& target) = nullptr;
  // The field's name in messages, such as "HostConfig.Binds", if `pointer` doesn't give
  // it.
  std::string_view setting{};
  bool is_of_build = false;  // `build` has the flag too: shared_with_build()

  operator command_line::flag() const { return {name, letter, takes, help}; }
};

// Marks a row whose flag `build` has too; there it limits the containers of RUN.
constexpr field shared_with_build(field row) {
  row.is_of_build = true;
  return row;
}

struct subject {
  std::span<const field> fields;
  // Reads and checks settings that depend on several fields, also on fields of other
  // subjects: it gets the whole request. Throws usage_error.
  void (*finish)(const json& request, container_spec& to) = nullptr;
};
extern const subject general_subject;       // spec.cpp
extern const subject process_subject;       // spec.cpp
extern const subject mount_subject;         // mounts.cpp
extern const subject network_subject;       // network.cpp
extern const subject updatable_subject;     // resources.cpp: what `update` can change
extern const subject fixed_limits_subject;  // resources.cpp: the other limits
extern const subject health_subject;        // health.cpp
extern const subject log_subject;           // log.cpp
extern const subject security_subject;      // security.cpp

// Returns the name of a field in messages (base/field_error.hpp): "HostConfig.NanoCpus"
// or "Config.Hostname".
std::string setting_of(const field& field);
// Returns the flag for a field's name in messages; empty if no flag sets the field.
std::string_view flag_of(std::string_view setting);

// Return all fields, the fields that `update` can change, and those that `build` has.
std::vector<field> all_fields();
std::vector<field> update_fields();
std::vector<field> build_fields();

// Puts the values of a field's flag into a request. Unless the flag takes a list, only
// the last value counts. Throws usage_error.
void put(const field& field, const std::vector<std::string>& values, json& request);

// Puts options such as "type=tmpfs,target=/x,readonly", a line of CSV, into an object.
// `known` are the options, under their names. Throws usage_error with a message that
// begins with `prefix`.
void put_options(const std::string& prefix, const std::string& text,
                 std::span<const field> known, json& to);

// Reads a create request. The result doesn't depend on this machine or on the caller, so
// that a container can be shown and removed wherever it is. Throws usage_error.
container_spec read_spec(const json& request);
// Throws usage_error if a setting needs processors or memory nodes that this process may
// not use, or another version of cgroups. Create, update and start call it.
void require_of_machine(const json& request);

// Adds the values of fields that aren't set, for `inspect`.
void add_initial_values(json& request);

// Return a request as the text of container.json; stored() also checks it and returns its
// spec. Throw usage_error.
std::string container_text(const json& request);
stored_spec stored(const json& request);

using base::value;

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

// Reads a value into a member, or into a member of a member.
template <auto... members>
void into(const json& value, container_spec& to) {
  value.get_to((to.*....*members));
}
// Reads an object of strings into a list of pairs.
template <auto member>
void into_pairs(const json& value, container_spec& to) {
  for (const auto& [name, text] : value.items())
    (to.*member).emplace_back(name, text.template get<std::string>());
}

// Parses a whole number of at least `minimum`. Throws usage_error.
int parse_whole_number(std::string_view flag, const std::string& text, int minimum = 0);

// Throws usage_error if two mounts have the same target.
void refuse_duplicates(const std::vector<requested_mount>& mounts);
// Returns a mount's target in Docker's form, without double slashes, "." and "..". Throws
// usage_error if the target is the root, or in /proc or /sys.
std::string valid_target(const std::string& setting, const std::string& text);

}  // namespace zoomin::container
