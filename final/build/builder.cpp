// SPDX-License-Identifier: MIT
#include "build/builder.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <list>

#include "base/json.hpp"
#include "build/arguments.hpp"
#include "build/context.hpp"
#include "build/copy.hpp"
#include "build/failed_command.hpp"
#include "build/instructions.hpp"
#include "build/interrupt.hpp"
#include "build/lint.hpp"
#include "build/new_layer.hpp"
#include "build/run_mounts.hpp"
#include "build/run_step.hpp"
#include "build/stage_state.hpp"
#include "build/stages.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"
#include "container/spec/spec.hpp"
#include "image/archive/config_instructions.hpp"
#include "image/archive/digest.hpp"
#include "image/build_lease.hpp"
#include "image/gc.hpp"
#include "image/image.hpp"
#include "image/reference.hpp"

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

// Describes the overlay of a step, and what it wrote.
std::string explained(const new_layer& layer) {
  constexpr std::size_t most_shown = 10;
  const auto changes = layer.top().changes(layer.layers());
  std::string text = fmt::format("  overlay: {} below, 1 writable on top: {}\n",
                                 layer.layers().size(), layer.directory());
  for (std::size_t i = 0; i < std::min(changes.size(), most_shown); ++i)
    text += fmt::format("  {} {}\n", changes[i].kind, changes[i].path);
  if (changes.size() > most_shown)
    text += fmt::format("  and {} more\n", changes.size() - most_shown);
  return text + fmt::format("  the writable layer becomes a layer of the image\n");
}

// Builds the stages of one build.
class builder {
 public:
  builder(const build_options& options, observer& report)
      : options_(options),
        report_(report),
        context_(options.context, options.file),
        file_(parse_dockerfile(context_.file_name(), context_.file_text())),
        plan_(plan(file_, {options.arguments, options.target})),
        states_(plan_.stages.size()) {}

  std::string run() {
    for (const auto& note : file_.notes) report_.note(note);
    for (std::size_t i = 0; i < plan_.stages.size(); ++i)
      if (plan_.needed[i]) build_stage(i);
    warn_of_unused_arguments();
    stage_state& result = states_[plan_.target];
    for (const auto& [name, value] : options_.labels)
      result.config["Labels"][name] = value;
    if (result.created.empty()) result.created = now();
    const std::string id = store_image(result, names());
    store_steps();
    return id;
  }

  // Keeps the finished steps also if the build fails.
  ~builder() {
    try {
      store_steps();
    } catch (const std::exception&) {  // the steps are done again next time
    }
  }
  builder(const builder&) = delete;
  builder& operator=(const builder&) = delete;

 private:
  using work = std::function<std::optional<finished_layer>(const stage_state&)>;

  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& tag : options_.tags)
      names.push_back(image::parse_reference(tag).text());
    return names;
  }

  [[nodiscard]] std::string now() const {
    return time_text(options_.epoch.value_or(::time(nullptr)));
  }

  void store_steps() {
    for (const auto& step : std::exchange(finished_, {})) image::store_cached(step);
  }

  // Runs `do_work`; a failure gets the place of the instruction.
  template <typename Work>
  auto guarded(const instruction& step, Work&& do_work) {
    try {
      stop_.check();
      return do_work();
    } catch (const dockerfile_error&) {
      throw;
    } catch (const usage_error& failure) {
      throw dockerfile_error(file_, step.line, 0, failure.what(), failure.hint());
    }
  }

  void build_stage(std::size_t number) {
    const stage& stage = plan_.stages[number];
    current_ = number;
    title_ = {.stage = plan_.stages.size() == 1 ? ""
                       : stage.name.empty()     ? fmt::format("stage-{}", number)
                                                : stage.name,
              .number = 0,
              .count = static_cast<unsigned>(stage.steps.size() + 1)};
    states_[number] = guarded(stage.from, [&] { return begin_stage(stage); });
    auto triggers = image::list_in(states_[number].config, "OnBuild");
    states_[number].config.erase("OnBuild");
    for (const auto& trigger : triggers) {
      instruction step = parse_instruction(trigger, file_.escape);
      step.line = stage.from.line;
      do_step(step);
    }
    for (const auto& step : stage.steps) do_step(step);
  }

  stage_state begin_stage(const stage& stage) {
    step_title title = next_title(stage.from);
    report_.begin(title);
    const auto begin = step_clock::now();
    require_platform(stage.platform.empty() ? options_.platform : stage.platform);
    stage_state state = base_of(stage);
    state.arguments.clear();
    state.has_own_command = false;
    report_.end(title, {.cached = false, .seconds = seconds_since(begin)});
    return state;
  }

  [[nodiscard]] stage_state base_of(const stage& stage) {
    if (stage.base_stage) return states_[*stage.base_stage];
    if (stage.base == "scratch") return from_scratch();
    if (options_.fetches_all && options_.fetch) options_.fetch(stage.base);
    return image_state(stage.base);
  }

  // Returns the state of an image, and keeps its layers from being removed.
  stage_state image_state(const std::string& name) {
    try {
      return leased_state(name);
    } catch (const usage_error& missing) {
      if (missing.kind() != failure_kind::not_found || !options_.fetch) throw;
    }
    options_.fetch(name);
    return leased_state(name);
  }

  stage_state leased_state(const std::string& name) {
    const unique_fd use = image::hold();
    stage_state found = from_image(name);
    for (const auto& layer : found.layers) lease_.add({layer.blob.digest, layer.diff_id});
    return found;
  }

  // Stores a new layer.
  std::optional<finished_layer> finish(new_layer& layer) {
    if (options_.explains) report_.explain(explained(layer));
    const unique_fd use = image::hold();
    auto finished = layer.finish(options_.epoch, files_);
    if (finished) lease_.add({finished->blob.digest, finished->diff_id});
    return finished;
  }

  // Returns the cached step, and keeps its layer from being removed.
  std::optional<image::cached_step> find_cached(const std::string& key) {
    if (!options_.uses_cache) return std::nullopt;
    const unique_fd use = image::hold();
    auto found = image::find_cached(key);
    if (found && found->has_layer()) lease_.add({found->blob.digest, found->diff_id});
    return found;
  }

  static void require_platform(const std::string& platform) {
    const std::string own = "linux/" + image::architecture();
    if (platform.empty() || platform == own || platform == "linux" ||
        platform == image::architecture())
      return;
    throw usage_error(failure_kind::unsupported,
                      fmt::format("--platform {}: this machine is {}", platform, own));
  }

  step_title next_title(const instruction& step) {
    ++title_.number;
    title_.text = step.text;
    return title_;
  }

  static double seconds_since(step_clock::time_point begin) {
    return std::chrono::duration<double>(step_clock::now() - begin).count();
  }

  stage_state& state() { return states_[current_]; }

  [[nodiscard]] image::word_rules rules() const {
    return {states_[current_].lookup(), file_.escape};
  }

  void do_step(const instruction& step) {
    guarded(step, [&] {
      switch (rule_for(step.name).kind) {
        case step_kind::argument:
          return set_arguments(step);
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

  // Does a step, or takes it from the cache. `shown` becomes its line of the history.
  void finish_step(const instruction& step, const std::vector<std::string>& key_parts,
                   const std::string& shown, const work& do_work) {
    const step_title title = next_title(step);
    const std::string key = key_of(state().key, key_parts);
    const auto begin = step_clock::now();
    auto known = find_cached(key);
    const bool cached = known.has_value();
    if (!cached) {
      report_.begin(title);
      image::cached_step made{.key = key, .created = now(), .instruction = shown};
      if (const auto layer = do_work ? do_work(state()) : std::nullopt) {
        made.blob = layer->blob;
        made.diff_id = layer->diff_id;
        made.size_bytes = layer->size_bytes;
      }
      finished_.push_back(made);
      known = made;
    }
    state().apply(*known, "zoomin build");
    report_.end(title,
                {cached, seconds_since(begin),
                 known->has_layer() ? std::optional(known->size_bytes) : std::nullopt});
  }

  void set_arguments(const instruction& step) {
    for (const auto& [name, value] : parse_arguments(step, rules())) {
      const auto given = options_.arguments.find(name);
      const auto& platform = platform_arguments();
      if (given != options_.arguments.end())
        state().arguments[name] = given->second;
      else if (value)
        state().arguments[name] = *value;
      else if (const auto global = plan_.globals.find(name);
               global != plan_.globals.end())
        state().arguments[name] = global->second;
      else if (const auto known = platform.find(name); known != platform.end())
        state().arguments[name] = known->second;
    }
    finish_step(step, {"ARG", step.arguments}, history_text(step, step.arguments), {});
  }

  void change_config(const instruction& step) {
    json changed = state().config;
    std::string text = step.arguments;
    image::change(changed, step.name, text, rules());
    if (step.name == "STOPSIGNAL")
      container::parse_signal(changed.at("StopSignal").get<std::string>());
    if (step.name == "CMD") state().has_own_command = true;
    // The command of the base image belongs to its own entry point.
    if (step.name == "ENTRYPOINT" && !state().has_own_command) changed.erase("Cmd");
    const bool expands = step.name != "CMD" && step.name != "ENTRYPOINT" &&
                         step.name != "HEALTHCHECK" && step.name != "SHELL" &&
                         step.name != "ONBUILD";
    if (expands) text = image::expand_text(text, rules());
    finish_step(step, {step.name, files::json_text(changed)}, history_text(step, text),
                {});
    state().config = std::move(changed);
  }

  // WORKDIR makes the directory if the image doesn't have it.
  void change_directory(const instruction& step) {
    json changed = state().config;
    image::change(changed, step.name, step.arguments, rules());
    const auto path = changed.at("WorkingDir").get<std::string>();
    finish_step(step, {step.name, path}, history_text(step, path),
                [&](const stage_state& now) { return make_directory(now, path); });
    state().config = std::move(changed);
  }

  std::optional<finished_layer> make_directory(const stage_state& now,
                                               const std::string& path) {
    new_layer layer(now.trees());
    {
      const unique_fd root = layer.mount();
      make_target_directory(root.get(), path);
    }
    return finish(layer);
  }

  // --- COPY and ADD ---

  void copy(const instruction& step) {
    opened_sources sources(*this);
    const copy_request request = parse_copy(step, state().config, rules());
    const copy_plan planned(sources.find(image::expand(step.flag("from"), rules())),
                            request);
    finish_step(step, {step.name, planned.digest()}, copy_text(step, request),
                [&](const stage_state& now) { return copy_into(now, planned); });
  }

  std::optional<finished_layer> copy_into(const stage_state& now,
                                          const copy_plan& planned) {
    new_layer layer(now.trees());
    image::staging scratch;
    {
      const unique_fd root = layer.mount();
      planned.apply(root.get(), scratch.directory());
    }
    return finish(layer);
  }

  // Opens the files of stages and images for one step.
  class opened_sources {
   public:
    explicit opened_sources(builder& owner) : owner_(owner) {}

    // Returns the context for "".
    source find(const std::string& name) {
      if (name.empty()) return owner_.context_.files();
      auto& layer = layers_.emplace_back(owner_.trees_of(name));
      roots_.push_back(layer.mount());
      return {roots_.back().get(), name, nullptr, true};
    }

   private:
    builder& owner_;
    std::list<new_layer> layers_;
    std::list<unique_fd> roots_;
  };

  // Returns the layers of a stage or of an image.
  [[nodiscard]] std::vector<std::string> trees_of(const std::string& name) const {
    if (const auto stage = find_stage(plan_, name, current_))
      return states_[*stage].trees();
    return name == "scratch" ? std::vector<std::string>() : from_image(name).trees();
  }

  // Returns what identifies the files of a source of RUN --mount.
  std::string content_of(const run_mount& mount) {
    if (mount.type != run_mount::kind::bind) return {};
    if (mount.from.empty())
      return copy_plan(context_.files(),
                       {.sources = {mount.source.empty() ? "." : mount.source},
                        .destination = "/"})
          .digest();
    if (const auto stage = find_stage(plan_, mount.from, current_))
      return states_[*stage].content();
    return mount.from == "scratch" ? std::string() : image_state(mount.from).content();
  }

  // --- RUN ---

  void run_command(const instruction& step) {
    if (step.flag("security", "sandbox") != "sandbox")
      throw usage_error(failure_kind::unsupported,
                        "RUN --security=insecure: not supported",
                        "a step of a build has no more rights than zoomin run gives");
    run_request request{.command = parse_run(step, state().config),
                        .image_config = state().document(),
                        .environment = state().argument_environment(),
                        .network = network_of(step),
                        .hosts = options_.hosts};
    std::vector<std::string> key{"RUN", files::json_text(json(request.command)),
                                 fmt::format("{}", fmt::join(request.environment, "\n")),
                                 request.network};
    const auto directory = image::path_from(state().config, ".");
    std::vector<run_mount> mounts;
    for (const auto& text : step.all("mount")) {
      mounts.push_back(parse_run_mount(text, rules(), directory));
      key.push_back(mounts.back().text);
      key.push_back(content_of(mounts.back()));
    }
    for (const auto& [name, value] : options_.arguments)
      if (is_predefined(name)) request.environment.push_back(name + "=" + value);
    finish_step(
        step, key, fmt::format("RUN {}", fmt::join(request.command, " ")),
        [&](const stage_state& now) { return run_in(now, step, request, mounts); });
  }

  std::optional<finished_layer> run_in(const stage_state& now, const instruction& step,
                                       run_request request,
                                       const std::vector<run_mount>& mounts) {
    new_layer layer(now.trees());
    const image::staging scratch;
    opened_sources sources(*this);
    const prepared_mounts prepared(
        mounts, options_.secrets, scratch.directory(),
        [&](const std::string& name) { return sources.find(name); });
    request.mounts = prepared.entries();
    request.environment.insert(request.environment.end(), prepared.environment().begin(),
                               prepared.environment().end());
    const int status = run_in_container(
        request, layer, stop_, [&](std::string_view bytes) { report_.output(bytes); });
    if (status != 0) throw failed_command(file_, step.line, step.text, status);
    return finish(layer);
  }

  [[nodiscard]] std::string network_of(const instruction& step) const {
    const std::string wanted = step.flag("network");
    if (wanted.empty()) return options_.network;
    if (wanted == "default" || wanted == "none" || wanted == "host") return wanted;
    throw usage_error(fmt::format("RUN --network={}: unknown network", wanted),
                      "expected default, none or host");
  }

  void warn_of_unused_arguments() const {
    for (const auto& [name, value] : options_.arguments)
      if (std::ranges::find(plan_.declared, name) == plan_.declared.end() &&
          !is_predefined(name))
        report_.note(fmt::format("build argument {} was not consumed", name));
  }

  const build_options& options_;
  observer& report_;
  context context_;
  dockerfile file_;
  build_plan plan_;
  std::vector<stage_state> states_;
  std::vector<image::cached_step> finished_;
  image::staging files_;
  image::build_lease lease_;
  interrupt stop_;
  std::size_t current_ = 0;
  step_title title_;
};

}  // namespace

std::size_t check(const build_options& options, observer& report) {
  image::make_store();
  const context files(options.context, options.file);
  const auto file = parse_dockerfile(files.file_name(), files.file_text());
  const auto warnings = lint(file, plan(file, {options.arguments, options.target}));
  for (const auto& [rule, text, line] : warnings) {
    const dockerfile_error shown(file, line, 0, rule + ": " + text);
    report.note(fmt::format("{}\n{}", shown.what(), shown.excerpt()));
  }
  return warnings.size();
}

std::string build(const build_options& options, observer& report) {
  for (const auto& tag : options.tags) image::parse_reference(tag);  // throws
  image::make_store();
  image::clean_up();
  enter_own_mounts();
  return builder(options, report).run();
}

}  // namespace zoomin::build
