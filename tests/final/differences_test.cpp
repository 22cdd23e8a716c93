// SPDX-License-Identifier: MIT
// docs/differences.md, compared with Docker's flags and with zoomin's own help.
#include <fmt/format.h>

#include <map>
#include <set>
#include <sstream>
#include <vector>

#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;

namespace {

using strings = std::set<std::string>;

std::vector<std::string> parts(const std::string& text, const std::string& between) {
  std::vector<std::string> found;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find(between, begin), text.size());
    found.push_back(text.substr(begin, end - begin));
    begin = end + between.size();
  }
  return found;
}

std::vector<std::string> lines_of(const std::string& path) {
  return parts(output_of("cat " + path), "\n");
}

// Reads Docker's flags from lines such as "COMMAND: --flag --flag".
std::map<std::string, strings> docker_flags() {
  std::map<std::string, strings> result;
  for (const auto& line : lines_of(ZOOMIN_SOURCE "/tests/final/docker-flags")) {
    if (line.starts_with('#')) continue;
    const auto colon = line.find(':');
    auto& flags = result[line.substr(0, colon)];
    std::istringstream words(line.substr(colon + 1));
    for (std::string flag; words >> flag;) flags.insert(flag);
  }
  return result;
}

// Returns the cells of the rows of a section, a list for each row.
std::vector<std::vector<std::string>> rows(const std::string& heading) {
  std::vector<std::vector<std::string>> found;
  bool is_in = false;
  for (const auto& line : lines_of(ZOOMIN_SOURCE "/docs/differences.md")) {
    if (line.starts_with("## ")) is_in = line == "## " + heading;
    if (is_in && line.starts_with("| ") && !line.ends_with("| why |") &&
        !line.ends_with("why not |"))
      found.push_back(parts(line.substr(2), " | "));
  }
  return found;
}

strings commands_we_lack() {
  strings result;
  for (const auto& row : rows("Commands that zoomin doesn't have"))
    for (const auto& name : parts(row.at(0), ", ")) result.insert(name);
  return result;
}

std::map<std::string, strings> flags_we_lack() {
  std::map<std::string, strings> result;
  for (const auto& row : rows("Flags that zoomin doesn't have"))
    for (const auto& command : parts(row.at(1), ", "))
      for (const auto& flag : parts(row.at(0), ", ")) result[command].insert(flag);
  return result;
}

}  // namespace

TEST_CASE("the page of differences has a row for each flag of Docker's that is missing",
          "[docs]") {
  const auto docker = docker_flags();
  const auto lacked = commands_we_lack();
  auto rows_left = flags_we_lack();
  CHECK(docker.size() > 60);
  for (const auto& [command, flags] : docker) {
    INFO(command);
    const auto help = shell(fmt::format("zoomin {} --help", command));
    CHECK((help.status == 0) != lacked.contains(command));
    if (help.status != 0) continue;
    for (const auto& flag : flags) {
      INFO(flag);
      const bool is_here = contains(help.output, fmt::format(" {} ", flag));
      const bool has_row = rows_left[command].erase(flag) == 1;
      CHECK(is_here != has_row);
    }
  }
  for (const auto& [command, flags] : rows_left) {
    INFO(command);
    CHECK(flags.empty());
  }
}
