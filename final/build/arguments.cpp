// SPDX-License-Identifier: MIT
#include "build/arguments.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "common/error.hpp"
#include "image/archive/config_instructions.hpp"

namespace zoomin::build {

namespace {

std::vector<std::string> words_of(const instruction& step,
                                  const image::word_rules& rules) {
  auto words = image::json_words(step.arguments);
  if (!words) words = image::raw_words(step.arguments, rules.escape);
  for (auto& word : *words)
    if (word.find("<<") == std::string::npos) word = image::expand(word, rules);
  return *words;
}

bool is_url(const std::string& path) {
  return path.starts_with("http://") || path.starts_with("https://");
}

void refuse_repository(const std::string& path) {
  const std::string name = path.substr(0, path.find('#'));
  if (path.starts_with("git@") || path.starts_with("git://") ||
      path.starts_with("ssh://") || (is_url(path) && name.ends_with(".git")))
    throw usage_error(failure_kind::unsupported,
                      fmt::format("ADD {}: git repositories are not supported", path),
                      "clone it in a RUN, or before the build");
}

// Throws usage_error if the URL names no file.
void add_url(copy_request& request, const std::string& url) {
  const std::string path = url.substr(0, url.find_first_of("?#"));
  if (std::ranges::count(path, '/') < 3 || path.ends_with('/') || path.ends_with("/.") ||
      path.ends_with("/.."))
    throw usage_error(fmt::format("ADD {}: the URL names no file", url),
                      "expected https://HOST/PATH/FILE");
  request.urls.push_back(url);
}

// Sets the destination. A '/' at its end marks a directory.
void set_destination(copy_request& request, const std::string& text,
                     const nlohmann::json& config) {
  request.destination = image::path_from(config, text);
  const bool is_directory =
      text.ends_with('/') || text.ends_with("/.") || text == "." || request.parents;
  if (is_directory && !request.destination.ends_with('/')) request.destination += '/';
}

void set_flags(copy_request& request, const instruction& step,
               const image::word_rules& rules) {
  request.owner = image::expand(step.flag("chown"), rules);
  request.mode = image::expand(step.flag("chmod"), rules);
  for (const auto& pattern : step.flag_values("exclude"))
    request.excludes.push_back(image::expand(pattern, rules));
  request.checksum = image::expand(step.flag("checksum"), rules);
  request.parents = step.flag("parents") == "true";
  request.unpacks = step.name == "ADD" && step.flag("unpack", "true") == "true";
  request.unpacks_downloads = step.name == "ADD" && step.flag("unpack") == "true";
}

bool is_script(const instruction& step) {
  return step.heredocs.size() == 1 && step.arguments.starts_with("<<") &&
         step.arguments.find_first_of(" \t") == std::string::npos;
}

}  // namespace

copy_request parse_copy(const instruction& step, const nlohmann::json& config,
                        const image::word_rules& rules) {
  const auto words = words_of(step, rules);
  if (words.size() < 2)
    throw usage_error(fmt::format("{} requires at least two arguments", step.name),
                      "give a source and a destination");
  copy_request request{.files = step.heredocs};
  for (auto& file : request.files)
    if (file.expands) file.content = image::expand_text(file.content, rules);
  set_flags(request, step, rules);
  set_destination(request, words.back(), config);
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i].find("<<") != std::string::npos) continue;
    if (step.name == "ADD") refuse_repository(words[i]);
    if (step.name == "ADD" && is_url(words[i]))
      add_url(request, words[i]);
    else
      request.sources.push_back(words[i]);
  }
  return request;
}

std::string copy_text(const instruction& step, const copy_request& request) {
  std::vector<std::string> words{step.name};
  for (const auto& [name, value] : step.flags)
    words.push_back(fmt::format("--{}={}", name, value));
  words.insert(words.end(), request.sources.begin(), request.sources.end());
  words.insert(words.end(), request.urls.begin(), request.urls.end());
  for (const auto& file : request.files) words.push_back("<<" + file.name);
  words.push_back(request.destination);
  return fmt::format("{}", fmt::join(words, " "));
}

std::string script_of(const instruction& step) {
  if (!is_script(step) || !step.heredocs.front().content.starts_with("#!")) return {};
  return step.heredocs.front().content;
}

std::vector<std::string> parse_run(const instruction& step,
                                   const nlohmann::json& config) {
  if (const auto words = image::json_words(step.arguments))
    if (!words->empty()) return *words;
  std::string line = step.arguments;
  if (const std::string script = script_of(step); !script.empty()) {
    auto words = image::raw_words(script.substr(2, script.find('\n') - 2));
    words.emplace_back(script_path);
    return words;
  }
  if (is_script(step)) return image::shell_command(config, step.heredocs.front().content);
  if (!step.heredocs.empty()) line += "\n";
  for (const auto& file : step.heredocs) line += file.content + file.name + "\n";
  return image::shell_command(config, line);
}

}  // namespace zoomin::build
