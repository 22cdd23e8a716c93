// SPDX-License-Identifier: MIT
#include "gate/names.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>
#include <stdexcept>

#include "support/support.hpp"

namespace zoomin::test {

namespace {

std::string program(int step) { return built(fmt::format("step{}", step)); }

// Returns "mnt" and "net" for "clone3(CLONE_PIDFD|CLONE_NEWNS|CLONE_NEWNET)".
void add_flags(const std::string& call, std::set<std::string>& names) {
  static const std::regex flag("CLONE_NEW([A-Z]+)");
  for (std::sregex_iterator at(call.begin(), call.end(), flag), end; at != end; ++at) {
    std::string kind = at->str(1);
    std::ranges::transform(kind, kind.begin(), [](char c) { return std::tolower(c); });
    names.insert("clone3." + (kind == "ns" ? "mnt" : kind));
  }
}

std::string last_line(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

}  // namespace

std::vector<std::vector<std::string>> option_lists(int step,
                                                   const std::string& directory) {
  namespace fs = std::filesystem;
  std::vector<std::vector<std::string>> lists{{}};
  if (step >= 2)
    lists.push_back({"--publish", "8080:80", "--publish", "127.0.0.1:81:80"});
  if (step >= 3) {
    const std::string files = directory + "/files";
    fs::create_directories(files);
    lists.push_back({"--mount", "type=bind,source=" + files + ",target=/mnt,readonly",
                     "--mount", "type=tmpfs,source=,target=/tmp"});
    lists.push_back({"--read-only"});
  }
  if (step >= 4)
    lists.push_back({"--memory", "64m", "--memory-swap", "96m", "--cpus", "0.5",
                     "--cpuset-cpus", "0", "--pids-limit", "32"});
  if (step >= 5) {
    const std::string layer = directory + "/layer: one";
    fs::create_directories(layer);
    lists.push_back(
        {"--rootfs", built("rootfs"), "--layer", layer, "--keep", directory + "/kept"});
  }
  return lists;
}

std::set<std::string> narrated_names(int step) {
  const scratch directory("/run");
  std::set<std::string> names;
  for (const auto& options : option_lists(step, directory.path())) {
    std::vector<std::string> command{program(step), "--explain=json"};
    command.insert(command.end(), options.begin(), options.end());
    command.insert(command.end(), {"--", "true"});
    const auto result = run(command);
    if (result.status != 0)
      throw std::runtime_error(
          fmt::format("{}: {}", fmt::join(command, " "), last_line(result.errors)));
    std::istringstream lines(result.errors);
    for (std::string text; std::getline(lines, text);) {
      const auto line = nlohmann::json::parse(text);
      if (!line.contains("id")) continue;
      names.insert(line["id"].get<std::string>());
      const auto call = line["call"].get<std::string>();
      if (call.starts_with("clone3(")) add_flags(call, names);
    }
  }
  return names;
}

std::set<std::string> known_names(int step) {
  const auto refused = run({program(step), "--skip", "no-such-name", "--", "true"});
  const std::string before = "hint: the names are: ";
  std::istringstream words(
      refused.errors.substr(refused.errors.find(before) + before.size()));
  std::set<std::string> names;
  for (std::string item; words >> item;) names.insert(item);
  return names;
}

}  // namespace zoomin::test
