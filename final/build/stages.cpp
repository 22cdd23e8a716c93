// SPDX-License-Identifier: MIT
#include "build/stages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/option_text.hpp"
#include "build/instructions.hpp"
#include "common/sys.hpp"
#include "image/store.hpp"

namespace zoomin::build {

namespace {

bool is_number(const std::string& text) {
  return !text.empty() && text.size() < 6 &&
         text.find_first_not_of("0123456789") == std::string::npos;
}

bool is_stage_name(const std::string& name) {
  const auto is_valid = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
  };
  return !name.empty() && std::isalpha(static_cast<unsigned char>(name[0])) != 0 &&
         std::ranges::all_of(name, is_valid);
}

// Groups the instructions into stages, and finds the stages that the target needs.
class planner {
 public:
  planner(const dockerfile& file, const plan_request& request)
      : file_(file), request_(request) {}

  build_plan run() {
    for (const auto& step : file_.instructions) try {
        add(step);
      } catch (const dockerfile_error&) {
        throw;
      } catch (const usage_error& failure) {
        throw dockerfile_error(file_, step.line, 0, failure.what(), failure.hint());
      }
    if (plan_.stages.empty())
      throw dockerfile_error(file_, file_.instructions.front().line, 0,
                             "no build stage: FROM is missing");
    choose_target();
    plan_.needed.resize(plan_.stages.size());
    plan_.sources.resize(plan_.stages.size());
    mark_needed(plan_.target);
    return std::move(plan_);
  }

 private:
  void add(const instruction& step) {
    const auto kind = rule_for(step.name).kind;
    if (kind == step_kind::base) return add_stage(step);
    if (kind == step_kind::argument) declare(step);
    if (!plan_.stages.empty()) return plan_.stages.back().steps.push_back(step);
    if (kind != step_kind::argument)
      throw usage_error(fmt::format("{} before the first FROM", step.name),
                        "a Dockerfile begins with FROM; only ARG may precede it");
    set_globals(step);
  }

  void declare(const instruction& step) {
    for (const auto& [name, value] : parse_arguments(step, {.escape = file_.escape}))
      plan_.declared.push_back(name);
  }

  [[nodiscard]] image::word_rules rules() const {
    return {[this](const std::string& name) -> std::optional<std::string> {
              for (const auto* known : {&plan_.globals, &platform_arguments()})
                if (const auto found = known->find(name); found != known->end())
                  return found->second;
              return std::nullopt;
            },
            file_.escape};
  }

  void set_globals(const instruction& step) {
    for (const auto& [name, value] : parse_arguments(step, rules())) {
      const auto argument = request_.arguments.find(name);
      if (argument != request_.arguments.end())
        plan_.globals[name] = argument->second;
      else if (value)
        plan_.globals[name] = *value;
    }
  }

  void add_stage(const instruction& step) {
    const auto words = image::raw_words(step.arguments, file_.escape);
    const bool has_name = words.size() == 3 && sys::upper_case(words[1]) == "AS";
    if (words.size() != 1 && !has_name)
      throw usage_error("FROM requires either one or three arguments",
                        "expected FROM IMAGE or FROM IMAGE AS NAME");
    stage added{.name = has_name ? sys::lower_case(words[2]) : "",
                .base = image::expand(words[0], rules()),
                .platform = image::expand(step.flag("platform"), rules()),
                .base_stage = {},
                .from = step};
    if (added.base.empty())
      throw usage_error(fmt::format("base name ({}) should not be blank", words[0]),
                        "a variable in FROM requires an ARG before the first FROM");
    if (has_name && !is_stage_name(added.name))
      throw usage_error(fmt::format("invalid name for build stage: \"{}\"", words[2]),
                        "expected a letter, then letters, digits, '-', '_' or '.'");
    added.base_stage = by_name(sys::lower_case(added.base));
    plan_.stages.push_back(std::move(added));
  }

  // Finds the last stage of this name.
  [[nodiscard]] std::optional<std::size_t> by_name(const std::string& name) const {
    for (std::size_t i = plan_.stages.size(); i > 0; --i)
      if (!name.empty() && plan_.stages[i - 1].name == name) return i - 1;
    return std::nullopt;
  }

  void choose_target() {
    plan_.target = plan_.stages.size() - 1;
    if (request_.target.empty()) return;
    const auto found = find_stage(plan_, request_.target, plan_.stages.size());
    if (!found)
      throw usage_error(
          failure_kind::not_found,
          fmt::format("target stage \"{}\" could not be found", request_.target),
          "FROM IMAGE AS NAME gives a stage its name");
    plan_.target = *found;
  }

  // Marks a stage as needed, and every stage that it depends on.
  void mark_needed(std::size_t number) {
    if (plan_.needed[number]) return;
    plan_.needed[number] = true;
    const auto& stage = plan_.stages[number];
    if (stage.base_stage) add_dependency(number, *stage.base_stage);
    for (const auto& step : stage.steps) {
      for (const auto& from : step.flag_values("from")) add_source(from, number);
      for (const auto& mount : step.flag_values("mount"))
        for (const auto& [key, value] : parse_options(mount))
          if (key == "from") add_source(value, number);
    }
  }

  void add_source(const std::string& name, std::size_t number) {
    if (const auto found = find_stage(plan_, name, number))
      add_dependency(number, *found);
  }

  void add_dependency(std::size_t number, std::size_t source) {
    plan_.sources[number].insert(source);
    mark_needed(source);
  }

  const dockerfile& file_;
  const plan_request& request_;
  build_plan plan_;
};

}  // namespace

build_plan plan(const dockerfile& file, const plan_request& request) {
  return planner(file, request).run();
}

std::optional<std::size_t> find_stage(const build_plan& plan, const std::string& name,
                                      std::size_t before) {
  const std::string lower_name = sys::lower_case(name);
  for (std::size_t i = before; i > 0; --i)
    if (!lower_name.empty() && plan.stages[i - 1].name == lower_name) return i - 1;
  if (is_number(lower_name) && std::stoul(lower_name) < before)
    return std::stoul(lower_name);
  return std::nullopt;
}

const std::map<std::string, std::string>& platform_arguments() {
  static const std::map<std::string, std::string> known = [] {
    std::map<std::string, std::string> result;
    for (const std::string side : {"TARGET", "BUILD"}) {
      result[side + "OS"] = "linux";
      result[side + "ARCH"] = image::architecture();
      result[side + "VARIANT"] = "";
      result[side + "PLATFORM"] = "linux/" + image::architecture();
    }
    return result;
  }();
  return known;
}

bool is_predefined(const std::string& name) {
  constexpr std::array<std::string_view, 5> known{"http_proxy", "https_proxy",
                                                  "ftp_proxy", "no_proxy", "all_proxy"};
  return std::ranges::find(known, sys::lower_case(name)) != known.end();
}

std::vector<std::pair<std::string, std::optional<std::string>>> parse_arguments(
    const instruction& from, const image::word_rules& rules) {
  std::vector<std::pair<std::string, std::optional<std::string>>> result;
  for (const auto& word : image::raw_words(from.arguments, rules.escape)) {
    const auto equals = word.find('=');
    const std::string name = image::expand(word.substr(0, equals), rules);
    if (name.empty())
      throw usage_error(fmt::format("{}: expected NAME or NAME=DEFAULT", word));
    if (equals == std::string::npos)
      result.emplace_back(name, std::nullopt);
    else
      result.emplace_back(name, image::expand(word.substr(equals + 1), rules));
  }
  return result;
}

std::vector<std::pair<std::string, std::string>> parse_options(const std::string& text) {
  std::vector<std::pair<std::string, std::string>> options;
  for (const auto& field : base::csv_fields(text)) {
    const auto equals = field.find('=');
    options.emplace_back(sys::lower_case(field.substr(0, equals)),
                         equals == std::string::npos ? "true" : field.substr(equals + 1));
  }
  return options;
}

}  // namespace zoomin::build
