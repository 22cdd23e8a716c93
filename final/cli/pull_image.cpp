// SPDX-License-Identifier: MIT
#include "cli/pull_image.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "base/program.hpp"
#include "cli/console.hpp"
#include "cli/programs.hpp"
#include "common/error.hpp"
#include "image/image.hpp"
#include "image/reference.hpp"

namespace zoomin::cli {

namespace {

void pull_image(const flags& options, const std::string& name) {
  const std::string program = program_path(registry_program);
  arguments words{program, "pull"};
  if (options.has("--platform"))
    words.push_back("--platform=" + options.text("--platform"));
  words.insert(words.end(), {"--", name});
  const auto shown =
      options.on("--quiet") ? base::output_to::nowhere : base::output_to::errors;
  if (!base::run_program(program, words, shown)) throw already_reported();
}

// Returns the name to pull; empty if `text` is no name, or if the image is here.
std::string absent_name(const std::string& text) {
  try {
    image::find(text);
  } catch (const usage_error& missing) {
    if (missing.kind() != failure_kind::not_found) return "";
    try {
      const auto digested = image::parse_digested(text);
      return digested ? text : image::parse_reference(text).text();
    } catch (const usage_error&) {
      return "";
    }
  }
  return "";
}

}  // namespace

std::string with_image(const flags& options, const std::function<std::string()>& create) {
  const std::string policy = options.text("--pull", "missing");
  std::string name = options.rest(1)[0];
  if (policy == "always") pull_image(options, name);
  try {
    return create();
  } catch (const usage_error& missing) {
    if (policy != "missing" || missing.kind() != failure_kind::not_found) throw;
    name = absent_name(name);
    if (name.empty()) throw;
    if (!options.on("--quiet"))
      write_all(STDERR_FILENO, fmt::format("Unable to find image '{}' locally\n", name));
  }
  pull_image(options, name);
  return create();
}

}  // namespace zoomin::cli
