// SPDX-License-Identifier: MIT
#include "build/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <utility>

#include "base/apparent_size.hpp"
#include "build/explain.hpp"
#include "common/error.hpp"
#include "image/image.hpp"
#include "image/layer_marks.hpp"

namespace zoomin::build {

namespace {

std::string explanation_text(const new_layer& layer, explanation detail) {
  const std::vector<std::string> lower(layer.layers().rbegin(), layer.layers().rend());
  const step_overlay step{lower.size(), layer.directory(),
                          overlay::compare(layer.upper(), lower, image::list_layer),
                          base::apparent_size_of(layer.upper())};
  return detail == explanation::full ? full_text(step) : brief_text(step);
}

}  // namespace

session::session(const build_options& build_options, observer& build_observer,
                 base::cancellation& build_stop)
    : options(build_options),
      report(build_observer),
      stop(build_stop),
      files(options.context, options.file, stop),
      file(parse_dockerfile(files.file_name(), files.file_text())),
      plan(build::plan(file, {options.arguments, options.target})),
      states(plan.stages.size()) {}

session::~session() {
  try {
    store_steps();
  } catch (const std::exception&) {  // the next build executes the steps again
  }
}

void session::store_steps() {
  for (const auto& step : std::exchange(finished_, {})) image::store_cached(step);
}

std::string session::now() const {
  return time_text(options.epoch.value_or(::time(nullptr)));
}

stage_state session::image_state(const std::string& name) {
  try {
    return leased_state(name);
  } catch (const usage_error& missing) {
    if (missing.kind() != failure_kind::not_found || !options.fetch) throw;
  }
  options.fetch(name);
  return leased_state(name);
}

stage_state session::leased_state(const std::string& name) {
  const unique_fd use = image::hold();
  stage_state found = from_image(name);
  for (const auto& layer : found.layers) lease_.add({layer.blob.digest, layer.diff_id});
  return found;
}

stage_state session::state_of(const std::string& name, std::size_t before) {
  if (const auto stage = find_stage(plan, name, before)) return states[*stage];
  if (find_stage(plan, name, plan.stages.size()) && !name.empty() &&
      name.find_first_not_of("0123456789") != std::string::npos)
    throw usage_error(fmt::format("stage \"{}\" comes later in the Dockerfile", name),
                      "a stage can only use stages above it");
  return name == "scratch" ? from_scratch() : image_state(name);
}

std::optional<finished_layer> session::store(new_layer& layer) {
  if (options.explains != explanation::none)
    report.get().explain(explanation_text(layer, options.explains));
  const unique_fd use = image::hold();
  auto finished = layer.finish(options.epoch, staged_);
  if (finished) lease_.add({finished->blob.digest, finished->diff_id});
  return finished;
}

std::optional<image::cached_step> session::find_cached(const std::string& key) {
  if (!options.uses_cache) return std::nullopt;
  const unique_fd use = image::hold();
  auto found = image::find_cached(key);
  if (found && found->has_layer()) lease_.add({found->blob.digest, found->diff_id});
  return found;
}

}  // namespace zoomin::build
