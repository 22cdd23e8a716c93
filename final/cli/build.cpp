// SPDX-License-Identifier: MIT
#include "build/builder.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <set>
#include <utility>

#include "base/atomic_file.hpp"
#include "base/printable.hpp"
#include "base/program.hpp"
#include "build/dockerfile.hpp"
#include "build/stages.hpp"
#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/programs.hpp"
#include "cli/shared_commands.hpp"
#include "cli/source_date_epoch.hpp"
#include "cli/stop_signals.hpp"
#include "common/narration.hpp"
#include "container/spec/fields.hpp"
#include "docker/units.hpp"

namespace zoomin::cli {

namespace {

// Shows the steps on stderr, one line each. If a step's command has output, it follows
// the line, and a line with the result ends it.
class step_display : public build::observer {
 public:
  explicit step_display(bool quiet) : quiet_(quiet) {}

  void note(std::string_view warning) override {
    end_line();
    write_all(STDERR_FILENO,
              fmt::format("warning: {}\n", base::printable_lines(warning)));
  }

  // Shows a warning of the runtime, once.
  void warn(std::string_view text) {
    if (!warnings_.emplace(text).second) return;
    end_line();
    complain(std::string(text));
  }

  void begin(const build::step_title& step) override {
    end_line();  // of a stage that was ended
    show(title_of(step));
    output_.clear();
    has_output_ = false;
  }

  void output(std::string_view bytes) override {
    if (!std::exchange(has_output_, true)) end_line();
    const std::string text = base::printable_lines(bytes);
    if (quiet_) output_ += text;
    show(text);
  }

  void explain(std::string_view text) override {
    if (!std::exchange(has_output_, true)) end_line();
    show(std::string(text));
  }

  void end(const build::step_title& step, const build::step_result& result) override {
    if (has_output_) {
      end_line();
      show(fmt::format("[{}{}/{}] done", stage_of(step), step.number, step.count));
    } else if (!open_line_) {
      show(title_of(step));
    }
    show(": " + outcome_of(result) + "\n");
    has_output_ = false;
  }

  void end_line() {
    if (open_line_) show("\n");
  }

  // Ends what is shown of a step that has failed. In quiet mode its output is shown now.
  void end_failed() {
    if (quiet_) write_all(STDERR_FILENO, output_);
    end_line();
  }

 private:
  static std::string stage_of(const build::step_title& step) {
    return step.stage.empty() ? "" : step.stage + " ";
  }

  static std::string title_of(const build::step_title& step) {
    return fmt::format("[{}{}/{}] {}", stage_of(step), step.number, step.count,
                       base::printable(step.text));
  }

  static std::string outcome_of(const build::step_result& result) {
    std::string text = result.cached ? "cached" : fmt::format("{:.1f}s", result.seconds);
    if (result.layer_bytes) text += ", " + docker::size_text(*result.layer_bytes);
    return text;
  }

  void show(const std::string& text) {
    if (quiet_ || text.empty()) return;
    write_all(STDERR_FILENO, text);
    open_line_ = !text.ends_with('\n');
  }

  bool quiet_;
  bool has_output_ = false;  // of the current step
  bool open_line_ = false;
  std::string output_;  // kept in quiet mode
  std::set<std::string> warnings_;
};

std::map<std::string, std::string> pairs_of(const flags& options, const char* flag,
                                            bool from_environment) {
  std::map<std::string, std::string> pairs;
  for (const auto& text : options.list(flag)) {
    const auto equals = text.find('=');
    const std::string name = text.substr(0, equals);
    if (equals != std::string::npos)
      pairs[name] = text.substr(equals + 1);
    else if (const char* value = std::getenv(name.c_str());
             from_environment && value != nullptr)
      pairs[name] = value;
    else if (!from_environment)
      pairs[name] = "";
  }
  return pairs;
}

// Parses id=ID,src=FILE or id=ID,env=NAME.
build::secret parse_secret(const std::string& text) {
  build::secret result;
  for (const auto& [key, value] : build::parse_options(text)) {
    if (key == "id")
      result.id = value;
    else if (key == "src" || key == "source")
      result.path = value;
    else if (key == "env")
      result.variable = value;
    else if (key != "type")
      throw misuse(fmt::format("--secret {}: unknown option {}", text, key),
                   "expected id=ID,src=FILE or id=ID,env=NAME");
  }
  if (result.id.empty()) throw misuse(fmt::format("--secret {}: id is missing", text));
  return result;
}

build::explanation explanation_of(const flags& options) {
  if (!options.has("--explain")) return build::explanation::none;
  const std::string how = options.text("--explain", "");
  if (how == "brief") return build::explanation::brief;
  if (how == "true" || how == "full") return build::explanation::full;
  throw misuse(fmt::format("--explain={}: expected brief or full", how));
}

// Runs a command of zoomin-registry. On a terminal Ctrl-C reaches it too.
void run_registry_program(const arguments& words, base::output_to output,
                          const base::cancellation& stop) {
  arguments all_words{program_path(registry_program)};
  all_words.insert(all_words.end(), words.begin(), words.end());
  const bool succeeded = base::run_program(all_words[0], all_words, output);
  stop.check();
  if (!succeeded) throw already_reported();
}

build::build_options options_of(const flags& options, const base::cancellation& stop) {
  build::build_options result{.context = options.rest()[0]};
  result.file = options.text("--file");
  result.tags = options.list("--tag");
  result.arguments = pairs_of(options, "--build-arg", true);
  result.labels = pairs_of(options, "--label", false);
  result.target = options.text("--target");
  result.platform = options.text("--platform");
  result.network = options.text("--network", "default");
  result.hosts = options.list("--add-host");
  container::create_request limits = container::create_request::object();
  for (const auto& field : container::build_fields())
    if (options.has(field.name)) container::put(field, options.list(field.name), limits);
  result.limits = base::json_text(limits);
  for (const auto& text : options.list("--secret"))
    result.secrets.push_back(parse_secret(text));
  const auto shown =
      options.on("--quiet") ? base::output_to::nowhere : base::output_to::errors;
  result.fetch = [shown, &stop](const std::string& name) {
    run_registry_program({"pull", "--", name}, shown, stop);
  };
  result.download = [&stop](const std::string& url, const std::string& path) {
    run_registry_program({"download", url, path}, base::output_to::errors, stop);
  };
  result.fetches_all = options.on("--pull");
  result.explains = explanation_of(options);
  result.uses_cache = !options.on("--no-cache");
  result.epoch = source_date_epoch();
  return result;
}

int fail(const build::dockerfile_error& failure) {
  complain(failure.what());
  write_all(STDERR_FILENO, base::printable_lines(failure.excerpt()));
  if (!failure.hint().empty())
    write_all(STDERR_FILENO,
              fmt::format("hint: {}\n", base::printable(in_flags(failure.hint()))));
  return 1;
}

int check_file(const build::build_options& request, step_display& steps,
               const base::cancellation& stop) {
  if (build::check(request, steps, stop) > 0) return 1;
  print("Check complete, no warnings found.\n");
  return 0;
}

int build_image(const flags& options, base::cancellation& stop) {
  const std::string progress = options.text("--progress", "auto");
  if (progress != "auto" && progress != "plain" && progress != "quiet")
    throw misuse(fmt::format("--progress {}: expected auto, plain or quiet", progress));
  const bool quiet = options.on("--quiet") || progress == "quiet";
  step_display steps(quiet);
  const narration::warning_scope shown([&](std::string_view text) { steps.warn(text); });
  try {
    auto request = options_of(options, stop);
    request.fetch = [&steps, fetch = request.fetch](const std::string& name) {
      steps.end_line();
      fetch(name);
    };
    if (options.on("--check")) return check_file(request, steps, stop);
    const std::string id = build::build(request, steps, stop);
    if (options.has("--iidfile"))
      base::replace_file(options.text("--iidfile"), id, false);
    print(id + "\n");
    return 0;
  } catch (const build::dockerfile_error& failure) {
    steps.end_failed();
    return fail(failure);
  } catch (...) {
    steps.end_failed();
    throw;
  }
}

const command build_command({"build"}, build_manual, [](const arguments& words) {
  const flags options = parse_build(words);
  return run_interruptibly(
      [&](base::cancellation& stop) { return build_image(options, stop); });
});

}  // namespace

std::optional<std::int64_t> source_date_epoch() {
  const char* text = std::getenv("SOURCE_DATE_EPOCH");
  if (text == nullptr || *text == '\0') return std::nullopt;
  char* end = nullptr;
  const long long seconds = std::strtoll(text, &end, 10);
  if (*end != '\0' || seconds < 0)
    throw misuse(fmt::format("SOURCE_DATE_EPOCH={}: expected seconds since 1970", text));
  return seconds;
}

}  // namespace zoomin::cli
