// SPDX-License-Identifier: MIT
// top: a container's processes, as the host sees them, by the host's ps(1).
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "cli/flags.hpp"
#include "cli/host_program.hpp"
#include "cli/text/table.hpp"
#include "common/error.hpp"
#include "container/stats.hpp"

namespace zoomin::cli {

namespace {

std::vector<std::string> words_of(const std::string& line, std::size_t most) {
  std::vector<std::string> words;
  std::istringstream stream(line);
  for (std::string word; words.size() + 1 < most && stream >> word;)
    words.push_back(word);
  std::string rest;
  if (std::getline(stream >> std::ws, rest)) words.push_back(rest);
  return words;
}

// The rows of what ps printed whose PID is in `pids`, under its heading.
std::string rows_of(const std::string& printed, const std::set<std::string>& pids) {
  std::istringstream lines(printed);
  std::string line;
  std::getline(lines, line);
  const auto heading = words_of(line, line.size());
  const auto column =
      static_cast<std::size_t>(std::ranges::find(heading, "PID") - heading.begin());
  if (column == heading.size())
    throw usage_error("top: these options of ps show no column PID",
                      "ps tells of the whole machine: by it the container's are found");
  std::vector<std::vector<std::string>> rows{heading};
  while (std::getline(lines, line)) {
    auto row = words_of(line, heading.size());
    if (column < row.size() && pids.contains(row[column])) rows.push_back(std::move(row));
  }
  return table_text(rows);
}

int top(const arguments& words) {
  const flags options("top", {}, words, true);
  const auto& rest = options.rest(1);
  std::set<std::string> pids;
  for (const pid_t pid : container::processes_of(rest[0]))
    pids.insert(std::to_string(pid));
  std::vector<std::string> command{"ps"};
  command.insert(command.end(), rest.begin() + 1, rest.end());
  if (rest.size() == 1) command.emplace_back("-ef");
  const auto done = run_host_program(command);
  if (done.status != 0)
    throw usage_error(
        fmt::format("top: ps says: {}", done.errors.substr(0, done.errors.find('\n'))));
  print(rows_of(done.output, pids));
  return 0;
}

const command top_command({"top", "container top"},
                          {"show a container's processes", "CONTAINER [ps OPTIONS]",
                           "zoomin top web", "zoomin top web -o pid,rss,args"},
                          top);

}  // namespace

}  // namespace zoomin::cli
