// SPDX-License-Identifier: MIT
// config_instructions: lines of a Dockerfile that change an image's configuration,
// image-spec, config.md.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace zoomin::image {

// Takes CMD ENTRYPOINT ENV EXPOSE LABEL STOPSIGNAL USER VOLUME WORKDIR, in either case;
// throws usage_error for all else. `config`: the object "config" of an image's.
void change(nlohmann::json& config, const std::string& line);

}  // namespace zoomin::image
