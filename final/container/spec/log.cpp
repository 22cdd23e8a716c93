// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "04-cgroups/limits.hpp"
#include "base/field_error.hpp"
#include "common/error.hpp"
#include "container/spec/fields.hpp"

namespace zoomin::container {

namespace {

void read_log_option(const std::string& name, const std::string& text, log_config& to) {
  const auto setting = fmt::format("HostConfig.LogConfig.Config {}", name);
  if (name == "max-size") {
    to.max_size = text == "-1" ? 0 : cgroup::parse_size(setting, text, 1, 1000);
  } else if (name == "max-file") {
    const auto max_files = cgroup::parse_count(setting, text);
    if (max_files == cgroup::unlimited)
      throw usage_error(fmt::format("{}={}: expected a number", setting, text));
    to.max_files = static_cast<unsigned>(max_files);
  } else {
    throw usage_error(setting + ": not supported", "supported: max-size, max-file");
  }
}

// Accepts the drivers "local", whose log format is zoomin's own, "none", and "json-file",
// because scripts and compose files name it; it has the same effect as "local".
void read_driver(const json& value, container_spec& to) {
  if (value != "local" && value != "json-file" && value != "none")
    throw base::field_error("HostConfig.LogConfig.Type",
                            fmt::format("{}: not supported", value.get<std::string>()),
                            "supported: local, json-file (the same as local), none");
  to.log.driver = value == "none" ? log_driver::none : log_driver::local;
}

void put_option(std::string_view flag, const std::string& text, json& target) {
  const auto equals = text.find('=');
  if (equals == std::string::npos)
    throw usage_error(fmt::format("{} {}: expected NAME=value", flag, text));
  target[text.substr(0, equals)] = text.substr(equals + 1);
}

void read_options(const json& value, container_spec& to) {
  if (to.log.driver == log_driver::none && !value.empty())
    throw base::field_error("HostConfig.LogConfig.Config",
                            "can't be combined with HostConfig.LogConfig.Type none");
  for (const auto& [name, text] : value.items())
    read_log_option(name, text.get<std::string>(), to.log);
  if (to.log.max_files == 0)
    throw base::field_error("HostConfig.LogConfig.Config",
                            "max-file=0: must be at least 1");
  if (to.log.max_files > 1 && to.log.max_size == 0)
    throw base::field_error("HostConfig.LogConfig.Config", "max-file: requires max-size");
}

using enum kind;

constexpr field log_fields[]{
    {"--log-driver", 0, text, "/HostConfig/LogConfig/Type",
     "logging driver: local (json-file is the same) or none", R"("local")", read_driver},
    {"--log-opt", 0, list, "/HostConfig/LogConfig/Config",
     "log driver options: max-size=10m or max-file=3", "{}", read_options, put_option}};

}  // namespace

constinit const subject log_subject{log_fields};

}  // namespace zoomin::container
