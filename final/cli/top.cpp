// SPDX-License-Identifier: MIT
// top: the command top, which shows a container's processes as the host's ps(1) does.
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <set>
#include <sstream>

#include "base/program.hpp"
#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/flags.hpp"
#include "cli/text/table.hpp"
#include "common/error.hpp"
#include "engine.hpp"

namespace zoomin::cli {

namespace {

std::vector<std::string> words_of(const std::string& line, std::size_t max_count) {
  std::vector<std::string> words;
  std::istringstream stream(line);
  for (std::string word; words.size() + 1 < max_count && stream >> word;)
    words.push_back(word);
  std::string rest;
  if (std::getline(stream >> std::ws, rest)) words.push_back(rest);
  return words;
}

// Returns the heading of ps's output, and its rows whose PID is in `pids`.
std::string rows_of(const std::string& output, const std::set<std::string>& pids) {
  std::istringstream lines(output);
  std::string line;
  std::getline(lines, line);
  const auto heading = words_of(line, line.size());
  const auto column =
      static_cast<std::size_t>(std::ranges::find(heading, "PID") - heading.begin());
  if (column == heading.size())
    throw usage_error("top: the ps options must include a PID column",
                      "zoomin filters ps's output by PID");
  std::vector<std::vector<std::string>> rows{heading};
  while (std::getline(lines, line)) {
    auto row = words_of(line, heading.size());
    if (column < row.size() && pids.contains(row[column])) rows.push_back(std::move(row));
  }
  return table_text(rows);
}

struct ps_result {
  int status = 0;
  std::string output, errors;
};

// Returns false at the end of file.
bool read_some(const unique_fd& from, std::string& into) {
  std::array<char, 64UL << 10> buffer;
  const auto got = ::read(from.get(), buffer.data(), buffer.size());
  if (got > 0) into.append(buffer.data(), static_cast<std::size_t>(got));
  return got > 0 || (got == -1 && errno == EINTR);
}

ps_result run_ps(const std::vector<std::string>& words) {
  auto out = base::make_pipe("ps"), err = base::make_pipe("ps");
  const pid_t child =
      base::start_program("ps", words, {-1, out.write.get(), err.write.get()},
                          "is it installed on the host?");
  out.write.reset();
  err.write.reset();
  ps_result result;
  while (out.read || err.read) {
    std::array<pollfd, 2> events{
        {{out.read.get(), POLLIN, 0}, {err.read.get(), POLLIN, 0}}};
    ::poll(events.data(), events.size(), -1);
    if (events[0].revents != 0 && !read_some(out.read, result.output)) out.read.reset();
    if (events[1].revents != 0 && !read_some(err.read, result.errors)) err.read.reset();
  }
  result.status = base::wait_for_program(child);
  return result;
}

// Runs ps with -q, because `ps -o pid` otherwise shows only the processes of the caller's
// terminal. If ps rejects -q together with its other options, as it does with f, ps runs
// again without -q, as with Docker.
ps_result run_ps_for(std::vector<std::string> command,
                     const std::set<std::string>& pids) {
  command.push_back(fmt::format("-q{}", fmt::join(pids, ",")));
  auto done = run_ps(command);
  if (done.status == 0) return done;
  command.pop_back();
  return run_ps(command);
}

int top(engine& engine, const arguments& words) {
  const flags options("top", {}, words, true);
  const auto& rest = options.rest(1);
  std::set<std::string> pids;
  for (const pid_t pid : engine.processes_of(rest[0])) pids.insert(std::to_string(pid));
  std::vector<std::string> command{"ps"};
  command.insert(command.end(), rest.begin() + 1, rest.end());
  if (rest.size() == 1) command.emplace_back("-ef");
  const auto done = run_ps_for(std::move(command), pids);
  if (done.status != 0)
    throw usage_error(
        fmt::format("top: ps failed: {}", done.errors.substr(0, done.errors.find('\n'))));
  print(rows_of(done.output, pids));
  return 0;
}

const command top_command({"top", "container top"},
                          {"display the running processes of a container",
                           "CONTAINER [ps OPTIONS]", "zoomin top web",
                           "zoomin top web -o pid,rss,args"},
                          top);

}  // namespace

}  // namespace zoomin::cli
