// SPDX-License-Identifier: MIT
// Parses a Dockerfile, plans its build, and parses a .dockerignore.
#include "build/dockerfile.hpp"

#include <nlohmann/json.hpp>

#include "build/ignore.hpp"
#include "build/lint.hpp"
#include "build/stages.hpp"
#include "fuzz.hpp"
#include "image/archive/config_instructions.hpp"

using namespace zoomin;

namespace {

// Replaces the variables in an instruction, and applies it to a configuration.
void change(nlohmann::json& config, const build::instruction& step, char escape) {
  const image::word_rules rules{image::lookup_in({"A=one", "P=a/b.c"}), escape};
  fuzz::accepts([&] {
    for (const auto& word : image::raw_words(step.arguments, escape))
      image::expand(word, rules);
  });
  if (image::changes_config(step.name))
    fuzz::accepts([&] { image::change(config, step.name, step.arguments, rules); });
  fuzz::accepts([&] { build::parse_arguments(step, rules); });
  build::parse_options(step.flag("mount"));
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string text = fuzz::text_of(bytes, size);
  fuzz::accepts([&] {
    const auto file = build::parse_dockerfile("Dockerfile", text);
    nlohmann::json config = nlohmann::json::object();
    for (const auto& step : file.instructions) change(config, step, file.escape);
    build::lint(file, build::plan(file, {}));
  });
  fuzz::accepts([&] { (void)build::ignore_rules(text).excludes("a/b.c"); });
  return 0;
}
