// SPDX-License-Identifier: MIT
// --help of each command, and what `inspect` finds.
#include <fmt/format.h>

#include <sstream>
#include <vector>

#include "common/paths.hpp"
#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;

namespace {

std::vector<std::string> split_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// Returns the commands that a list shows: "  run         create and …".
std::vector<std::string> listed_commands(const std::string& help) {
  std::vector<std::string> names;
  for (const auto& line : split_lines(help))
    if (line.starts_with("  ") && line.find("  ", 3) != std::string::npos)
      names.push_back(line.substr(2, line.find(' ', 2) - 2));
  return names;
}

// Returns all commands: those of one word, and those of the groups.
std::vector<std::string> all_commands() {
  std::vector<std::string> names;
  for (const auto& name : listed_commands(output_of("zoomin"))) {
    const auto result = shell(fmt::format("zoomin {} --help", name));
    if (!contains(result.output, fmt::format("zoomin {} COMMAND", name))) {
      names.push_back(name);
      continue;
    }
    for (const auto& second : listed_commands(result.output))
      names.push_back(name + " " + second);
  }
  return names;
}

// Returns the options in a line, up to the end of their letters: "--format" of
// "--format=json".
std::vector<std::string> options_in(const std::string& line) {
  std::vector<std::string> found;
  for (auto at = line.find(" --"); at != std::string::npos; at = line.find(" --", at + 1))
    found.push_back(line.substr(at + 1, line.find_first_of(" =", at + 1) - at - 1));
  return found;
}

// Returns the lines of a section, without their indentation.
std::vector<std::string> section(const std::string& help, const std::string& heading) {
  std::vector<std::string> found;
  bool is_in = false;
  for (const auto& line : split_lines(help)) {
    if (is_in && !line.starts_with("  ")) break;
    if (is_in) found.push_back(line.substr(2));
    is_in = is_in || line == heading + ":";
  }
  return found;
}

}  // namespace

TEST_CASE("each command has a complete --help", "[help]") {
  const auto commands = all_commands();
  CHECK(commands.size() > 70);
  for (const auto& name : commands) {
    INFO(name);
    const auto result = shell(fmt::format("zoomin {} --help", name));
    CHECK(result.status == 0);
    CHECK(result.errors.empty());
    CHECK(result.output.starts_with("Usage:  zoomin "));
    for (const auto& line : split_lines(result.output)) CHECK(line.size() <= 100);
    for (const auto& option : section(result.output, "Options"))
      CHECK(option.find_last_not_of(' ') > option.find("--") + 8);
    const auto examples = section(result.output, "Examples");
    CHECK(examples.size() == 2);
    for (const auto& line : examples) {
      CHECK(contains(line, "zoomin "));
      for (const auto& option : options_in(line))
        CHECK(contains(result.output, fmt::format("{} ", option)));
    }
  }
}

TEST_CASE("help shows arguments, aliases and the values of options", "[help]") {
  const std::string run = output_of("zoomin run --help");
  CHECK(contains(run, "Usage:  zoomin run [OPTIONS] IMAGE [COMMAND] [ARG...]\n"));
  CHECK(contains(run, "\nAliases:\n  zoomin container run, zoomin run\n"));
  CHECK(contains(run, "\n  -m, --memory bytes "));
  CHECK(contains(run, "\n      --dns list "));
  CHECK(output_of("zoomin container run --help") == run);
  CHECK(output_of("zoomin help run") == run);
  CHECK(output_of("zoomin ps -h") == output_of("zoomin ps --help"));
  CHECK(contains(output_of("zoomin tag --help"),
                 "zoomin tag SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]\n"));
  CHECK(contains(output_of("zoomin cp --help"), "SRC_PATH|- CONTAINER:DEST_PATH\n"));
}

TEST_CASE("zoomin without arguments shows the commands by groups", "[help]") {
  const std::string result = output_of("zoomin");
  for (const auto* heading :
       {"Common Commands:\n", "Management Commands:\n", "\nCommands:\n"})
    CHECK(contains(result, heading));
  CHECK(output_of("zoomin --help") == result);
  CHECK(output_of("zoomin help") == result);
  for (const auto* group : {"container", "image", "network", "system", "volume"}) {
    INFO(group);
    const auto help = output_of(fmt::format("zoomin {} --help", group));
    CHECK(help.starts_with(fmt::format("Usage:  zoomin {} COMMAND\n", group)));
    CHECK(output_of(fmt::format("zoomin {}", group)) == help);
    CHECK(output_of(fmt::format("zoomin help {}", group)) == help);
  }
}

TEST_CASE("a mistyped command gets the nearest one as a suggestion", "[help]") {
  for (const auto& [typed, close] : {std::pair("rnu --rm bb true", "run"),
                                     {"imagse", "images"},
                                     {"ispect x", "inspect"},
                                     {"network craete x", "network create"},
                                     {"volumes", "volume"},
                                     {"container lss", "container ls"}}) {
    INFO(typed);
    const auto refused = shell(fmt::format("zoomin {}", typed));
    CHECK(refused.status == 1);
    CHECK(contains(refused.errors, "unknown command: zoomin "));
    CHECK(contains(refused.errors, fmt::format("did you mean 'zoomin {}'?", close)));
  }
  CHECK(contains(shell("zoomin qqqqqqqq").errors, "'zoomin --help' lists the commands"));
  CHECK(contains(shell("zoomin volume qqqqqqqq").errors, "'zoomin volume --help'"));
  CHECK(shell("zoomin help qqqqqqqq").status == 1);
}

TEST_CASE("a wrong number of arguments shows the usage and exits with 1", "[help]") {
  for (const auto& [typed, expected] :
       {std::pair("rmi", "at least 1 argument\nhint: usage: zoomin rmi [OPTIONS] IMAGE "),
        {"rm", "at least 1 argument\nhint: usage: zoomin rm [OPTIONS] CONTAINER "},
        {"run", "at least 1 argument\nhint: usage: zoomin run [OPTIONS] IMAGE "},
        {"exec c", "at least 2 arguments"},
        {"rename a", "requires 2 arguments"},
        {"ps a", "accepts no arguments"},
        {"images a b", "at most 1 argument"},
        {"port a b c", "at least 1 and at most 2 arguments"},
        {"save", "at least 1 argument"},
        {"load x", "accepts no arguments"},
        {"import a b c", "at least 1 and at most 2 arguments"},
        {"volume rm", "hint: usage: zoomin volume rm [OPTIONS] VOLUME [VOLUME...]"}}) {
    INFO(typed);
    const auto refused = shell(fmt::format("zoomin {} < /dev/null", typed));
    CHECK(refused.status == 1);
    CHECK(contains(refused.errors, expected));
  }
}

TEST_CASE("a --help after the command belongs to the container's command", "[help]") {
  import_busybox();
  CHECK(output_of("zoomin run --rm bb echo --help") == "--help");
}

TEST_CASE("inspect finds containers and images", "[help]") {
  import_busybox();
  shell("zoomin create --name made bb true");
  const std::string image = output_of("zoomin image inspect -f '{{.Id}}' bb");
  CHECK(output_of("zoomin inspect -f '{{.Id}}' bb") == image);
  CHECK(output_of("zoomin inspect -f '{{.Image}}' made") == image);
  CHECK(output_of("zoomin inspect --type image -f '{{.Id}}' bb") == image);
  output_of("zoomin network create web; zoomin volume create data");
  CHECK(output_of("zoomin inspect -f '{{.Driver}}' web data") == "bridge\nlocal");
  CHECK(output_of("zoomin inspect --type volume -f '{{.Name}}' data") == "data");
  CHECK(shell("zoomin inspect --type volume web").status == 1);
  CHECK(contains(shell("zoomin inspect nothing").errors, "No such object: nothing"));
  // A container is found first, even if it is damaged.
  output_of("id=$(zoomin create --name web bb true); echo > " + zoomin::root_directory() +
            "/containers/$id/container.json");
  CHECK(contains(shell("zoomin inspect web").errors, "container.json"));
  output_of("zoomin rm web; zoomin network rm web; zoomin volume rm data");
  CHECK(shell("zoomin inspect --type container bb").status == 1);
  CHECK(shell("zoomin container inspect bb").status == 1);
  const auto none = shell("zoomin inspect nothing");
  CHECK(none.status == 1);
  CHECK(contains(none.errors, "No such"));
  shell("zoomin rm made");
}
