// SPDX-License-Identifier: MIT
#include "build/builder.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "04-cgroups/coordination/cleanup.hpp"
#include "build/lint.hpp"
#include "build/parallel_stages.hpp"
#include "build/session.hpp"
#include "image/gc.hpp"
#include "image/reference.hpp"

namespace zoomin::build {

namespace {

std::vector<std::string> full_names(const std::vector<std::string>& tags) {
  std::vector<std::string> names;
  for (const auto& tag : tags) names.push_back(image::parse_reference(tag).text());
  return names;
}

void warn_of_unused_arguments(const session& build) {
  for (const auto& [name, value] : build.options.arguments)
    if (std::ranges::find(build.plan.declared, name) == build.plan.declared.end() &&
        !is_predefined(name))
      build.report.get().note(fmt::format("build argument {} was not consumed", name));
}

}  // namespace

std::size_t check(const build_options& options, observer& report,
                  const base::cancellation& stop) {
  image::make_store();
  const context files(options.context, options.file, stop);
  const auto file = parse_dockerfile(files.file_name(), files.file_text());
  const auto warnings = lint(file, plan(file, {options.arguments, options.target}));
  for (const auto& [rule, text, line] : warnings) {
    const dockerfile_error shown(file, line, 0, rule + ": " + text);
    report.note(fmt::format("{}\n{}", shown.what(), shown.excerpt()));
  }
  return warnings.size();
}

std::string build(const build_options& options, observer& report,
                  base::cancellation& stop) {
  const auto names = full_names(options.tags);
  image::make_store();
  image::clean_up();
  cgroup::clean_up();  // the groups of builds that were killed
  enter_own_mounts();
  session build(options, report, stop);
  for (const auto& note : build.file.notes) report.note(note);
  build_stages(build);
  warn_of_unused_arguments(build);
  stage_state& result = build.states[build.plan.target];
  for (const auto& [name, value] : options.labels) result.config["Labels"][name] = value;
  if (result.created.empty()) result.created = build.now();
  std::string id = store_image(result, names);
  build.store_steps();
  return id;
}

}  // namespace zoomin::build
