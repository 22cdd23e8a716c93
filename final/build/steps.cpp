// SPDX-License-Identifier: MIT
#include "build/steps.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <list>

#include "base/json.hpp"
#include "build/arguments.hpp"
#include "build/copy.hpp"
#include "build/instructions.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"
#include "container/spec/spec.hpp"
#include "image/archive/config_instructions.hpp"
#include "image/archive/digest.hpp"

namespace zoomin::build {

using nlohmann::json;

namespace {

using step_clock = std::chrono::steady_clock;

std::string key_of(const std::string& parent, const std::vector<std::string>& parts) {
  image::digester digest;
  digest.add(parent);
  for (const auto& part : parts) {
    digest.add({"\0", 1});
    digest.add(part);
  }
  return digest.finish().substr(sizeof "sha256:" - 1);
}

// Returns the instruction as history shows it.
std::string history_text(const instruction& step, const std::string& rest) {
  return rest.empty() ? step.name : step.name + " " + rest;
}

double seconds_since(step_clock::time_point begin) {
  return std::chrono::duration<double>(step_clock::now() - begin).count();
}

void require_platform(const std::string& platform) {
  const std::string own = "linux/" + image::architecture();
  if (platform.empty() || platform == own || platform == "linux" ||
      platform == image::architecture())
    return;
  throw usage_error(failure_kind::unsupported,
                    fmt::format("--platform {}: this machine is {}", platform, own));
}

// Opens the files of stages and images for one step.
class opened_sources {
 public:
  opened_sources(session& build, std::size_t number) : build_(build), number_(number) {}

  // Returns the files of a stage or image by its name, or the context for "".
  source find(const std::string& name) {
    if (name.empty()) return build_.files.files();
    auto& layer = layers_.emplace_back(build_.state_of(name, number_).trees());
    roots_.push_back(layer.mount());
    return {roots_.back().get(), name, nullptr, true};
  }

 private:
  session& build_;
  std::size_t number_;
  std::list<new_layer> layers_;
  std::list<unique_fd> roots_;
};

}  // namespace

stage_steps::stage_steps(session& build, std::size_t number)
    : build_(build), number_(number) {
  const stage& stage = build.plan.stages[number];
  const bool alone = build.plan.stages.size() == 1;
  const std::string name =
      stage.name.empty() ? fmt::format("stage-{}", number) : stage.name;
  title_.stage = alone ? "" : name;
  title_.count = static_cast<unsigned>(stage.steps.size() + 1);
}

void stage_steps::run() {
  const stage& stage = build_.plan.stages[number_];
  guarded(stage.from, [&] { begin(); });
  const auto triggers = image::list_in(state().config, "OnBuild");
  state().config.erase("OnBuild");
  for (const auto& trigger : triggers) {
    instruction step = parse_instruction(trigger);
    step.line = stage.from.line;
    execute(step);
  }
  for (const auto& step : stage.steps) execute(step);
}

// Calls `do_work`. A failure gets the line of the instruction.
template <typename Work>
void stage_steps::guarded(const instruction& step, Work&& do_work) {
  try {
    build_.stop.check();
    do_work();
  } catch (const dockerfile_error&) {
    throw;
  } catch (const usage_error& failure) {
    throw dockerfile_error(build_.file, step.line, 0, failure.what(), failure.hint());
  } catch (const sys::error& failure) {
    throw dockerfile_error(build_.file, step.line, 0, failure.what(), hint_for(failure));
  }
}

void stage_steps::begin() {
  const stage& stage = build_.plan.stages[number_];
  const step_title title = next_title(stage.from);
  build_.report.get().begin(title);
  const auto begun = step_clock::now();
  require_platform(stage.platform.empty() ? build_.options.platform : stage.platform);
  const bool is_image = !stage.base_stage && stage.base != "scratch";
  if (is_image && build_.options.fetches_all && build_.options.fetch)
    build_.options.fetch(stage.base);
  state() = stage.base_stage ? build_.states[*stage.base_stage]
            : is_image       ? build_.image_state(stage.base)
                             : from_scratch();
  state().arguments.clear();
  state().has_own_command = false;
  build_.report.get().end(title, {.cached = false, .seconds = seconds_since(begun)});
}

step_title stage_steps::next_title(const instruction& step) {
  ++title_.number;
  title_.text = step.text;
  return title_;
}

image::word_rules stage_steps::rules() const {
  return {build_.states[number_].lookup(), build_.file.escape};
}

void stage_steps::execute(const instruction& step) {
  guarded(step, [&] {
    switch (rule_for(step.name).kind) {
      case step_kind::argument:
        return set_arguments(step);
      case step_kind::author:
        return set_author(step);
      case step_kind::config:
        return change_config(step);
      case step_kind::directory:
        return change_directory(step);
      case step_kind::copy:
        return copy(step);
      case step_kind::run:
        return run_command(step);
      case step_kind::base:
        return;
    }
  });
}

// Executes a step, or takes its result from the cache. `shown` becomes its line of the
// history.
void stage_steps::execute_or_reuse(const instruction& step,
                                   const std::vector<std::string>& key_parts,
                                   const std::string& shown, const work& do_work) {
  const step_title title = next_title(step);
  const std::string key = key_of(state().key, key_parts);
  const auto begin = step_clock::now();
  auto result = build_.find_cached(key);
  const bool cached = result.has_value();
  if (!cached) {
    build_.report.get().begin(title);
    image::cached_step executed{
        .key = key, .created = build_.now(), .instruction = shown};
    if (const auto layer = do_work ? do_work(state()) : std::nullopt) {
      executed.blob = layer->blob;
      executed.diff_id = layer->diff_id;
      executed.size_bytes = layer->size_bytes;
    }
    build_.add_finished(executed);
    result = executed;
  }
  state().apply(*result, "zoomin build");
  build_.report.get().end(
      title, {cached, seconds_since(begin),
              result->has_layer() ? std::optional(result->size_bytes) : std::nullopt});
}

void stage_steps::set_arguments(const instruction& step) {
  for (const auto& [name, value] : parse_arguments(step, rules())) {
    const auto argument = build_.options.arguments.find(name);
    const auto& platform = platform_arguments();
    if (argument != build_.options.arguments.end())
      state().arguments[name] = argument->second;
    else if (value)
      state().arguments[name] = *value;
    else if (const auto global = build_.plan.globals.find(name);
             global != build_.plan.globals.end())
      state().arguments[name] = global->second;
    else if (const auto known = platform.find(name); known != platform.end())
      state().arguments[name] = known->second;
  }
  execute_or_reuse(step, {"ARG", step.arguments}, history_text(step, step.arguments), {});
}

void stage_steps::set_author(const instruction& step) {
  const auto& name = step.arguments;
  execute_or_reuse(step, {step.name, name}, history_text(step, name), {});
  state().author = name;
}

void stage_steps::change_config(const instruction& step) {
  json changed = state().config;
  std::string text = step.arguments;
  image::change(changed, step.name, text, rules());
  if (step.name == "STOPSIGNAL")
    container::parse_signal(changed.at("StopSignal").get<std::string>());
  if (step.name == "CMD") state().has_own_command = true;
  // The base image's CMD is for the base image's ENTRYPOINT.
  if (step.name == "ENTRYPOINT" && !state().has_own_command) changed.erase("Cmd");
  const bool expands = step.name != "CMD" && step.name != "ENTRYPOINT" &&
                       step.name != "HEALTHCHECK" && step.name != "SHELL" &&
                       step.name != "ONBUILD";
  if (expands) text = image::expand_text(text, rules());
  execute_or_reuse(step, {step.name, base::json_text(changed)}, history_text(step, text),
                   {});
  state().config = std::move(changed);
}

// Executes WORKDIR, which makes the directory if the image lacks it.
void stage_steps::change_directory(const instruction& step) {
  json changed = state().config;
  image::change(changed, step.name, step.arguments, rules());
  const auto path = changed.at("WorkingDir").get<std::string>();
  execute_or_reuse(
      step, {step.name, path}, history_text(step, path),
      [&](const stage_state& before) { return make_directory(before, path); });
  state().config = std::move(changed);
}

std::optional<finished_layer> stage_steps::make_directory(const stage_state& before,
                                                          const std::string& path) {
  new_layer layer(before.trees());
  {
    const unique_fd root = layer.mount();
    make_target_directory(root.get(), path);
  }
  return build_.store(layer);
}

// --- COPY and ADD ---

void stage_steps::copy(const instruction& step) {
  opened_sources sources(build_, number_);
  copy_request request = parse_copy(step, state().config, rules());
  std::optional<image::staging> downloads;
  if (!request.urls.empty()) download(request, downloads.emplace().directory());
  const copy_plan planned(sources.find(image::expand(step.flag("from"), rules())),
                          request);
  execute_or_reuse(step, {step.name, planned.digest()}, copy_text(step, request),
                   [&](const stage_state& before) { return copy_into(before, planned); });
}

// Downloads each file into its own directory, since two may have the same name.
void stage_steps::download(copy_request& request, const std::string& directory) const {
  for (const auto& url : request.urls) {
    const std::string path = url.substr(0, url.find_first_of("?#"));
    const auto below = fmt::format("{}/{}", directory, request.downloaded.size());
    sys::mkdir(sys::quiet, below, 0700);
    request.downloaded.push_back(below + path.substr(path.rfind('/')));
    if (!build_.options.download)
      throw usage_error(failure_kind::unsupported, "ADD of a URL: not supported here");
    build_.options.download(url, request.downloaded.back());
  }
}

std::optional<finished_layer> stage_steps::copy_into(const stage_state& before,
                                                     const copy_plan& planned) {
  new_layer layer(before.trees());
  image::staging scratch;
  {
    const unique_fd root = layer.mount();
    planned.apply(root.get(), scratch.directory());
  }
  return build_.store(layer);
}

// Returns a text that identifies the source files of a RUN --mount.
std::string stage_steps::identity_of(const run_mount& mount) {
  if (mount.type != run_mount::kind::bind) return {};
  if (mount.from.empty())
    return copy_plan(build_.files.files(),
                     {.sources = {mount.source.empty() ? "." : mount.source},
                      .destination = "/"})
        .digest();
  return build_.state_of(mount.from, number_).diff_ids();
}

// --- RUN ---

void stage_steps::run_command(const instruction& step) {
  if (step.flag("security", "sandbox") != "sandbox")
    throw usage_error(
        failure_kind::unsupported, "RUN --security=insecure: not supported",
        "a build step can't have more rights than an unprivileged container");
  run_request request{.command = parse_run(step, state().config),
                      .image_config = state().document(),
                      .environment = state().argument_environment(),
                      .network = network_of(step),
                      .hosts = build_.options.hosts,
                      .limits = build_.options.limits};
  std::vector<std::string> key{"RUN", base::json_text(json(request.command)),
                               fmt::format("{}", fmt::join(request.environment, "\n")),
                               request.network, script_of(step)};
  const auto directory = image::path_from(state().config, ".");
  std::vector<run_mount> mounts;
  for (const auto& text : step.flag_values("mount")) {
    mounts.push_back(parse_run_mount(text, rules(), directory));
    key.push_back(mounts.back().text);
    key.push_back(identity_of(mounts.back()));
  }
  for (const auto& [name, value] : build_.options.arguments)
    if (is_predefined(name)) request.environment.push_back(name + "=" + value);
  execute_or_reuse(
      step, key, fmt::format("RUN {}", fmt::join(request.command, " ")),
      [&](const stage_state& before) { return run_in(before, step, request, mounts); });
}

std::optional<finished_layer> stage_steps::run_in(const stage_state& before,
                                                  const instruction& step,
                                                  run_request request,
                                                  const std::vector<run_mount>& mounts) {
  new_layer layer(before.trees());
  const image::staging scratch;
  opened_sources sources(build_, number_);
  const prepared_mounts prepared(
      mounts, build_.options.secrets, scratch.directory(),
      [&](const std::string& name) { return sources.find(name); });
  request.mounts = prepared.entries();
  if (auto script = script_of(step); !script.empty())
    request.mounts.push_back(
        {.type = "file", .target = script_path, .data = std::move(script)});
  request.environment.insert(request.environment.end(), prepared.environment().begin(),
                             prepared.environment().end());
  const int status = run_in_container(
      request, layer, build_.stop,
      [&](std::string_view bytes) { build_.report.get().output(bytes); });
  if (status != 0)
    throw dockerfile_error(
        build_.file, step.line, 0,
        fmt::format("process \"{}\" did not complete successfully: exit code: {}",
                    step.text, status));
  return build_.store(layer);
}

std::string stage_steps::network_of(const instruction& step) const {
  const std::string network = step.flag("network");
  if (network.empty()) return build_.options.network;
  if (network == "default" || network == "none" || network == "host") return network;
  throw usage_error(fmt::format("RUN --network={}: unknown network", network),
                    "expected default, none or host");
}

}  // namespace zoomin::build
