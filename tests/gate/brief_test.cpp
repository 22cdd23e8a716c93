// SPDX-License-Identifier: MIT
// Compares the brief narration with the full one, which is compared with strace(1): both
// are made from the same requests.
#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;

namespace {

// Maps a mechanism on one side, such as "H group" or "C dev", to its number of requests.
using counts = std::map<std::string, int>;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> result;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) result.push_back(line);
  return result;
}

counts counted_in_json(const std::string& errors) {
  counts result;
  for (const auto& text : lines_of(errors)) {
    const auto line = nlohmann::json::parse(text);
    if (!line.contains("id")) continue;
    const auto id = line["id"].get<std::string>();
    ++result[fmt::format("{} {}", line["side"] == "host" ? 'H' : 'C',
                         id.substr(0, id.find('.')))];
  }
  return result;
}

// Returns 8 for "8 x mkdir", 3 for "pivot_root +2", 1 for "mount".
int number_in(const std::string& calls) {
  std::istringstream words(calls);
  std::string first, second;
  words >> first >> second;
  if (second == "x") return std::stoi(first);
  return second.starts_with('+') ? 1 + std::stoi(second.substr(1)) : 1;
}

bool is_request(const std::string& line) {
  return line.starts_with(" H  ") || line.starts_with("   C  ");
}

// Returns the names at the end of a line: {"proc", "sys"} of "… /proc, /sys proc, sys".
std::vector<std::string> names_in(const std::string& line) {
  std::vector<std::string> names;
  std::istringstream words(line);
  for (std::string word; words >> word;) {
    if (names.empty() || !names.back().ends_with(',')) names.clear();
    names.push_back(word);
  }
  for (auto& name : names)
    if (name.ends_with(',')) name.pop_back();
  return names;
}

// Counts requests by the first name of a line, and maps its other names to it in
// `main_of`.
counts counted_in_brief(const std::string& errors,
                        std::map<std::string, std::string>& main_of) {
  counts result;
  for (const auto& line : lines_of(errors)) {
    if (!is_request(line)) continue;
    const std::string side = line.substr(line.find_first_not_of(' '), 1) + " ";
    const auto names = names_in(line);
    for (const auto& name : names) main_of[side + name] = side + names.front();
    result[side + names.front()] += number_in(line.substr(line.find(side) + 1));
  }
  return result;
}

// Adds the requests of mechanisms that share a line.
counts with_shared_lines(const counts& each,
                         const std::map<std::string, std::string>& main_of) {
  counts result;
  for (const auto& [name, number] : each) {
    const auto shared = main_of.find(name);
    result[shared == main_of.end() ? name : shared->second] += number;
  }
  return result;
}

std::size_t characters(const std::string& line) {
  return static_cast<std::size_t>(
      std::ranges::count_if(line, [](char c) { return (c & 0xC0) != 0x80; }));
}

void check_brief_narration(int step, const std::vector<std::string>& options) {
  const auto narration_of = [&](const char* style) {
    std::vector<std::string> command{"env", "COLUMNS=80",
                                     built(fmt::format("step{}", step)), style};
    command.insert(command.end(), options.begin(), options.end());
    command.insert(command.end(), {"--", "true"});
    return run(command).errors;
  };
  narration_of("--quiet");  // makes the directories that stay
  const std::string brief = narration_of("--explain=brief");
  INFO(brief);
  std::map<std::string, std::string> main_of;
  const auto counted = with_shared_lines(counted_in_brief(brief, main_of), main_of);
  CHECK(counted ==
        with_shared_lines(counted_in_json(narration_of("--explain=json")), main_of));
  for (const auto& line : lines_of(brief)) CHECK(characters(line) <= 80);
}

}  // namespace

TEST_CASE("the brief narration counts each request under its mechanism", "[gate]") {
  check_brief_narration(1, {"--init"});
  check_brief_narration(2, {"--publish", "8080:80"});
  check_brief_narration(3, {"--mount", "type=tmpfs,target=/mnt"});
  check_brief_narration(4, {"--memory", "64m", "--cpus", "0.5", "--pids-limit", "32"});
  check_brief_narration(5, {"--memory", "64m"});
}

TEST_CASE("the brief narration of a container is about a screen of 80 columns",
          "[gate]") {
  run({built("step5"), "-q", "--", "true"});  // makes the directories that stay
  const auto result =
      run({"env", "COLUMNS=80", built("step5"), "--explain=brief", "--", "true"});
  const auto lines = lines_of(result.errors);
  INFO(result.errors);
  CHECK(std::ranges::count_if(lines, is_request) <= 23);
  CHECK(lines.size() <= 26);  // a `chroot` only where the root may be one
  CHECK(lines.front().ends_with("--skip"));
}

TEST_CASE("the steps after the first narrate briefly by default", "[gate]") {
  const auto first = [](int step) {
    return lines_of(run({built(fmt::format("step{}", step)), "--", "true"}).errors).at(0);
  };
  CHECK(first(1).starts_with(" H1  clone3("));
  for (int step = 2; step <= 5; ++step) CHECK(first(step).ends_with("--skip"));
  const auto full = run({built("step5"), "--explain", "--", "true"});
  CHECK(full.errors.find("pivot_root(\".\", \".\")") != std::string::npos);
  CHECK(full.errors.find("host sees") != std::string::npos);
}

TEST_CASE("a brief line shows what was left out", "[gate]") {
  const auto result = run({built("step5"), "--explain=brief", "--memory", "64m", "--skip",
                           "memory", "--", "true"});
  INFO(result.errors);
  const auto lines = lines_of(result.errors);
  CHECK(std::ranges::any_of(lines, [](const std::string& line) {
    return line.starts_with(" -  2 x write") && line.ends_with(" memory") &&
           line.find("left out: at most 64 MiB") != std::string::npos;
  }));
}
