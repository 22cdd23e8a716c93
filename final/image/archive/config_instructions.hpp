// SPDX-License-Identifier: MIT
// config_instructions: applies instructions of a Dockerfile to an image's configuration,
// image-spec, config.md.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace zoomin::image {

// Applies a line with CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, STOPSIGNAL, USER, VOLUME or
// WORKDIR, in either case, to the object "config" of an image's configuration. Throws
// usage_error for all other lines.
void change(nlohmann::json& config, const std::string& line);

}  // namespace zoomin::image
