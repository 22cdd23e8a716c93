// SPDX-License-Identifier: MIT
#include "build/lint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "common/sys.hpp"
#include "image/archive/config_instructions.hpp"

namespace zoomin::build {

namespace {

// Returns true for a name such as DB_PASSWORD or API_KEY.
bool names_secret(const std::string& name) {
  const std::string lower = sys::lower_case(name);
  return std::ranges::any_of(
      std::initializer_list<const char*>{"apikey", "auth", "credential", "key",
                                         "password", "pword", "passwd", "secret",
                                         "token"},
      [&](const std::string& word) {
        return lower == word || lower.ends_with("_" + word) ||
               lower.starts_with(word + "_") ||
               lower.find("_" + word + "_") != std::string::npos;
      });
}

class linter {
 public:
  linter(const dockerfile& file, const build_plan& plan) : file_(file), plan_(plan) {
    read_skipped();
  }

  std::vector<lint_warning> run() {
    std::set<std::string> names;
    for (const auto& stage : plan_.stages) {
      check_from(stage);
      if (!stage.name.empty() && !names.insert(stage.name).second)
        warn("DuplicateStageName", stage.from,
             fmt::format("duplicate stage name \"{}\", stage names should be unique",
                         stage.name));
      check_steps(stage);
    }
    std::ranges::stable_sort(warnings_, {}, &lint_warning::line);
    return std::move(warnings_);
  }

 private:
  // Parses the directive `skip=RULE,RULE;error=true`.
  void read_skipped() {
    const auto begin = file_.checks.find("skip=");
    if (begin == std::string::npos) return;
    std::string rules = file_.checks.substr(begin + 5);
    std::istringstream names(rules.substr(0, rules.find(';')));
    for (std::string name; std::getline(names, name, ',');) skipped_.insert(name);
  }

  void warn(const char* rule, const instruction& step, const std::string& text) {
    if (skipped_.contains("all") || skipped_.contains(rule)) return;
    warnings_.push_back({rule, text, step.line});
  }

  void check_from(const stage& stage) {
    const auto words = image::raw_words(stage.from.arguments, file_.escape);
    if (words.size() == 3 && (words[1] == "AS") != stage.from.text.starts_with("FROM"))
      warn("FromAsCasing", stage.from, "'as' and 'FROM' keywords' casing do not match");
    if (words.size() == 3 && words[2] != stage.name)
      warn("StageNameCasing", stage.from,
           fmt::format("stage name '{}' should be lowercase", words[2]));
  }

  void check_steps(const stage& stage) {
    std::map<std::string, const instruction*> last;
    bool has_directory = stage.base != "scratch";
    for (const auto& step : stage.steps) {
      if (step.name == "MAINTAINER")
        warn("MaintainerDeprecated", step, "MAINTAINER instruction is deprecated");
      if (step.name == "CMD" || step.name == "ENTRYPOINT") check_command(step, last);
      if (step.name == "HEALTHCHECK") check_once(step, last);
      if (step.name == "ENV" || step.name == "ARG" || step.name == "LABEL")
        check_pairs(step);
      if (step.name == "WORKDIR" && !step.arguments.starts_with('/') &&
          !step.arguments.starts_with('$') && !has_directory)
        warn(
            "WorkdirRelativePath", step,
            fmt::format("relative workdir \"{}\" can have unexpected results if the base "
                        "image changes",
                        step.arguments));
      has_directory = has_directory || step.name == "WORKDIR";
    }
  }

  void check_command(const instruction& step,
                     std::map<std::string, const instruction*>& last) {
    check_once(step, last);
    if (!image::json_words(step.arguments))
      warn("JSONArgsRecommended", step,
           fmt::format("JSON arguments recommended for {} to prevent unintended behavior "
                       "related to OS signals",
                       step.name));
  }

  void check_once(const instruction& step,
                  std::map<std::string, const instruction*>& last) {
    const auto*& before = last[step.name];
    if (before != nullptr)
      warn("MultipleInstructionsDisallowed", *before,
           fmt::format("multiple {} instructions should not be used in the same stage "
                       "because only the last one will be used",
                       step.name));
    before = &step;
  }

  void check_pairs(const instruction& step) {
    const auto words = image::raw_words(step.arguments, file_.escape);
    if (step.name != "ARG" && words[0].find('=') == std::string::npos)
      warn("LegacyKeyValueFormat", step,
           fmt::format("\"{0} key=value\" should be used instead of legacy \"{0} key "
                       "value\" format",
                       step.name));
    if (step.name == "LABEL") return;
    for (const auto& word : words)
      if (const std::string name = word.substr(0, word.find('=')); names_secret(name))
        warn("SecretsUsedInArgOrEnv", step,
             fmt::format("do not use ARG or ENV instructions for sensitive data ({} "
                         "\"{}\")",
                         step.name, name));
  }

  const dockerfile& file_;
  const build_plan& plan_;
  std::set<std::string> skipped_;
  std::vector<lint_warning> warnings_;
};

}  // namespace

std::vector<lint_warning> lint(const dockerfile& file, const build_plan& plan) {
  return linter(file, plan).run();
}

}  // namespace zoomin::build
