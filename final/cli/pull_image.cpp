// SPDX-License-Identifier: MIT
#include "cli/pull_image.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "base/program.hpp"
#include "cli/console.hpp"
#include "cli/programs.hpp"
#include "common/error.hpp"
#include "engine.hpp"

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

}  // namespace

std::string with_image(engine& engine, const flags& options,
                       const std::function<std::string()>& create) {
  const std::string policy = options.text("--pull", "missing");
  std::string name = options.rest(1)[0];
  if (policy == "always") pull_image(options, name);
  try {
    return create();
  } catch (const usage_error& missing) {
    if (policy != "missing" || missing.kind() != failure_kind::not_found) throw;
    name = engine.absent_image(name);
    if (name.empty()) throw;
    if (!options.on("--quiet"))
      write_all(STDERR_FILENO, fmt::format("Unable to find image '{}' locally\n", name));
  }
  pull_image(options, name);
  return create();
}

}  // namespace zoomin::cli
