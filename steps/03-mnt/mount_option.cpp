// SPDX-License-Identifier: MIT
#include "03-mnt/mount_option.hpp"

#include <fmt/format.h>

#include <sstream>

#include "common/error.hpp"

namespace zoomin::mnt {

namespace {

// "readonly" alone, or with one of Docker's words for yes and no.
bool yes_or_no(const std::string& key, const std::string& value, bool given) {
  if (!given || value == "true" || value == "1") return true;
  if (value == "false" || value == "0") return false;
  throw usage_error(fmt::format("{}={}: expected true or false", key, value));
}

void read_field(mount_option& into, const std::string& field) {
  const auto equals = field.find('=');
  const bool given = equals != std::string::npos;
  const std::string key = field.substr(0, equals);
  const std::string value = given ? field.substr(equals + 1) : "";
  if (key == "type")
    into.type = value;
  else if (key == "source" || key == "src")
    into.source = value;
  else if (key == "target" || key == "dst" || key == "destination")
    into.target = value;
  else if (key == "readonly" || key == "ro")
    into.read_only = yes_or_no(key, value, given);
  else
    throw usage_error(fmt::format("\"{}\" means nothing here", field));
}

void validate(const mount_option& one) {
  if (one.type != "bind" && one.type != "tmpfs")
    throw usage_error("type=bind or type=tmpfs is needed");
  if (!one.target.starts_with('/') ||
      one.target.find_first_not_of('/') == std::string::npos)
    throw usage_error("target=/a/path is needed, and isn't / itself");
  if (one.type == "bind" && !one.source.starts_with('/'))
    throw usage_error("a bind needs source=/a/path of the host's");
  if (one.type == "tmpfs" && !one.source.empty())
    throw usage_error("a tmpfs is memory and has no source");
}

}  // namespace

mount_option parse_mount(const std::string& text) {
  try {
    mount_option one{.type = {}, .source = {}, .target = {}};
    std::istringstream fields(text);
    for (std::string field; std::getline(fields, field, ',');) read_field(one, field);
    validate(one);
    return one;
  } catch (const usage_error& why) {
    throw usage_error(fmt::format("--mount \"{}\": {}", text, why.what()),
                      "type=bind|tmpfs,source=/host/path,target=/path[,readonly]");
  }
}

}  // namespace zoomin::mnt
