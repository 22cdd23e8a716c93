// SPDX-License-Identifier: MIT
#include "03-mnt/mount_option.hpp"

#include <fmt/format.h>
#include <sys/mount.h>

#include <sstream>

#include "common/error.hpp"
#include "common/sys.hpp"

namespace zoomin::mnt {

using sys::operator""_id;

namespace {

// Parses the value of "readonly", which may be left out, as Docker does.
bool parse_boolean(const std::string& key, const std::string& value, bool has_value) {
  if (!has_value || value == "true" || value == "1") return true;
  if (value == "false" || value == "0") return false;
  throw usage_error(fmt::format("{}={}: expected true or false", key, value));
}

void parse_field(mount_option& option, const std::string& field) {
  const auto equals = field.find('=');
  const bool has_value = equals != std::string::npos;
  const std::string key = field.substr(0, equals);
  const std::string value = has_value ? field.substr(equals + 1) : "";
  if (key == "type")
    option.type = value;
  else if (key == "source" || key == "src")
    option.source = value;
  else if (key == "target" || key == "dst" || key == "destination")
    option.target = value;
  else if (key == "readonly" || key == "ro")
    option.read_only = parse_boolean(key, value, has_value);
  else
    throw usage_error(fmt::format("unknown field \"{}\"", field));
}

void validate(const mount_option& option) {
  if (option.type != "bind" && option.type != "tmpfs")
    throw usage_error("expected type=bind or type=tmpfs");
  if (!option.target.starts_with('/') ||
      option.target.find_first_not_of('/') == std::string::npos)
    throw usage_error("expected target=/a/path, and not / itself");
  if (option.type == "bind" && !option.source.starts_with('/'))
    throw usage_error("expected source=/a/path on the host for a bind");
  if (option.type == "tmpfs" && !option.source.empty())
    throw usage_error("a tmpfs can't have a source");
}

}  // namespace

mount_option parse_mount(const std::string& text) {
  try {
    mount_option option{.type = {}, .source = {}, .target = {}};
    std::istringstream fields(text);
    for (std::string field; std::getline(fields, field, ',');) parse_field(option, field);
    validate(option);
    return option;
  } catch (const usage_error& why) {
    throw usage_error(fmt::format("--mount \"{}\": {}", text, why.what()),
                      "use type=bind|tmpfs,source=/host/path,target=/path[,readonly]");
  }
}

mount_entry requested_mount(const std::string& option) {
  const auto parsed = parse_mount(option);
  const unsigned long read_only = parsed.read_only ? MS_RDONLY : 0;
  if (parsed.type == "bind" && !sys::exists(parsed.source))
    throw usage_error(fmt::format("--mount {}: bind source path does not exist: {}",
                                  sys::quote(option), parsed.source),
                      "the source must be a file or directory on the host");
  if (parsed.type == "bind")
    return {.words = "the host's " + parsed.source,
            .type = "bind",
            .source = parsed.source,
            .target = parsed.target,
            .flags = MS_REC | read_only};
  return {.id = "tmpfs"_id,
          .words = "in memory",
          .type = "tmpfs",
          .target = parsed.target,
          .flags = MS_NOSUID | MS_NODEV | read_only};
}

}  // namespace zoomin::mnt
