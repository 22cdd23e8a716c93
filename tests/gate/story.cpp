// SPDX-License-Identifier: MIT
#include "gate/story.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>
#include <stdexcept>

#include "support/support.hpp"

namespace zoomin::test {

namespace {

// The calls that are compared. Links and files in our directories are left out: they are
// content, not protection.
const std::set<std::string> kinds{
    "clone3",    "unshare",    "setns",         "mount", "umount2",     "pivot_root",
    "open_tree", "move_mount", "mount_setattr", "mkdir", "mkdirat",     "rmdir",
    "chdir",     "fchdir",     "mknodat",       "prctl", "close_range", "sethostname",
    "execve",    "write",      "openat"};

// A line of strace -f -o: "PID call". strace splits it if another process intervenes.
struct traced {
  int pid;
  std::string line;
};

std::vector<traced> whole_lines(const std::string& file) {
  static const std::string cut = " <unfinished ...>";
  std::map<int, std::string> begun;
  std::vector<traced> result;
  std::ifstream lines(file);
  int pid = 0;
  for (std::string line; lines >> pid && std::getline(lines >> std::ws, line);) {
    if (line.ends_with(cut)) {
      begun[pid] = line.substr(0, line.size() - cut.size());
      continue;
    }
    if (const auto at = line.find(" resumed>"); line.starts_with("<... ")) {
      line = begun[pid] + line.substr(at + 9);
      begun.erase(pid);
    }
    result.push_back({pid, line});
  }
  // The process of an unfinished execve was killed.
  for (const auto& [process, line] : begun) result.push_back({process, line + ") = ?"});
  return result;
}

// Maps strace's processes to those of the narration. The program and its forks are the
// host's side; clone3 starts the container, whose processes are numbered from 1 in the
// order in which they appear.
class process_names {
 public:
  std::string name_of(int pid) {
    if (host_.empty()) host_.insert(program_ = pid);
    if (pid == program_) return "host";
    if (host_.contains(pid)) return fmt::format("host {}", pid);
    const auto [at, added] = inside_.try_emplace(pid, inside_.size() + 1);
    return fmt::format("container {}", at->second);
  }
  void forked(int parent, const std::string& child) {
    if (host_.contains(parent)) host_.insert(std::stoi(child));
  }

 private:
  int program_ = 0;
  std::set<int> host_;
  std::map<int, std::size_t> inside_;
};

calls seen_by_strace(const std::string& file) {
  calls result;
  process_names roles;
  std::set<int> became_the_command;
  bool first = true;
  for (const auto& [pid, line] : whole_lines(file)) {
    const std::string process = roles.name_of(pid);
    if (became_the_command.contains(pid)) continue;
    if (line.starts_with("clone(") || line.starts_with("vfork(")) {
      if (const auto at = line.rfind("= "); line[at + 2] != '-')
        roles.forked(pid, line.substr(at + 2));
      continue;
    }
    const auto call = parse_strace(line);
    if (!call) continue;
    if (call->name == "execve" && call->result == "0") {
      if (!first) became_the_command.insert(pid);
      if (std::exchange(first, false)) continue;  // strace starts the program
    }
    result[process].push_back(call->text());
  }
  return result;
}

std::string result_of(const nlohmann::json& line) {
  if (!line.contains("result")) return "0";  // execve doesn't return
  if (line.contains("errno"))
    return fmt::format("-1 {}", line["errno"].get<std::string>());
  return fmt::format("{}", line["result"].get<long>());
}

calls calls_in(const std::vector<nlohmann::json>& narrated) {
  calls result;
  for (const auto& line : narrated) {
    if (!line.contains("call")) continue;
    const auto text = line["call"].get<std::string>();
    if (!kinds.contains(text.substr(0, text.find('(')))) continue;
    call request = parse_call(text);
    request.result = result_of(line);
    const std::string side = line["side"];
    result[side == "host" ? side : fmt::format("{} {}", side, line["pid"].get<int>())]
        .push_back(request.text());
  }
  return result;
}

std::vector<nlohmann::json> lines_of_json(const std::string& text) {
  std::vector<nlohmann::json> result;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    auto entry = nlohmann::json::parse(line, nullptr, false);
    if (!entry.is_object()) throw std::runtime_error("not a JSON object: " + line);
    result.push_back(std::move(entry));
  }
  return result;
}

// Returns true if a failed open matches a narrated write, whose text strace didn't see:
// "write(FILE, *)".
bool same(const std::string& narrated, const std::string& traced) {
  if (narrated == traced) return true;
  const auto star = traced.find(", *) = ");
  return star != std::string::npos && narrated.starts_with(traced.substr(0, star + 2)) &&
         narrated.ends_with(traced.substr(star + 3));
}

}  // namespace

story watch(const std::string& program, const std::vector<std::string>& options,
            const std::vector<std::string>& command) {
  const scratch directory;
  const std::string trace = fmt::format("trace={},clone,vfork", fmt::join(kinds, ","));
  std::vector<std::string> arguments{"strace",
                                     "-f",
                                     "-y",
                                     "-s",
                                     "4096",
                                     "-o",
                                     directory / "trace",
                                     "-e",
                                     trace,
                                     program,
                                     "--explain=json"};
  arguments.insert(arguments.end(), options.begin(), options.end());
  arguments.emplace_back("--");
  arguments.insert(arguments.end(), command.begin(), command.end());
  const auto result = run(arguments, 60);
  story story_of_run{
      result.status, result.errors, {}, {}, seen_by_strace(directory / "trace")};
  story_of_run.narrated = lines_of_json(result.errors);
  story_of_run.narrated_calls = calls_in(story_of_run.narrated);
  return story_of_run;
}

std::string compared(const calls& narrated_calls, const calls& traced_calls) {
  std::set<std::string> processes;
  for (const auto& [process, list] : narrated_calls) processes.insert(process);
  for (const auto& [process, list] : traced_calls) processes.insert(process);
  std::string text;
  for (const auto& process : processes) {
    const auto get = [&](const calls& from) {
      const auto at = from.find(process);
      return at == from.end() ? std::vector<std::string>() : at->second;
    };
    const auto left = get(narrated_calls), right = get(traced_calls);
    if (std::ranges::equal(left, right, same)) continue;
    text += fmt::format("{}:\n", process);
    const std::size_t size = std::max(left.size(), right.size());
    for (std::size_t i = 0; i < size; ++i) {
      const std::string item = i < left.size() ? left[i] : "(nothing)";
      const std::string other = i < right.size() ? right[i] : "(nothing)";
      text += same(item, other)
                  ? fmt::format("       {}\n", item)
                  : fmt::format("  narrated {}\n  traced   {}\n", item, other);
    }
  }
  return text;
}

}  // namespace zoomin::test
