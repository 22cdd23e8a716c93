// SPDX-License-Identifier: MIT
// config_instructions: the Dockerfile instructions that change the configuration of an
// image, but no file: image-spec, config.md. `build`, `commit --change` and `import
// --change` share this table.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "image/archive/words.hpp"

namespace zoomin::image {

// Returns true for CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, SHELL,
// STOPSIGNAL, USER, VOLUME and WORKDIR.
bool changes_config(const std::string& name);

// Applies such an instruction to the object "config" of an image's configuration. `text`
// has its arguments; variables in them are replaced where Docker does so. A relative
// WORKDIR is below the previous one. Throws usage_error.
void change(nlohmann::json& config, const std::string& name, const std::string& text,
            const word_rules& rules);

// Applies a line such as `CMD ["sh"]`, and replaces variables by the ENV of the
// configuration itself. Throws usage_error.
void change(nlohmann::json& config, const std::string& line);

// Returns the words of a JSON list such as `["sh", "-c"]`, or nothing if the text isn't
// one.
std::optional<std::vector<std::string>> json_words(const std::string& text);
// Returns the list under a key, or an empty one.
std::vector<std::string> list_in(const nlohmann::json& config, const char* key);
// Returns the command that runs a line of the shell form: SHELL, or /bin/sh -c.
std::vector<std::string> shell_command(const nlohmann::json& config,
                                       const std::string& line);
// Returns the path, which is relative to the working directory unless it is absolute,
// without "." and "..".
std::string path_from(const nlohmann::json& config, const std::string& path);

}  // namespace zoomin::image
