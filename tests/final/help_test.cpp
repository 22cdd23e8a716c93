// SPDX-License-Identifier: MIT
// --help of each command, and what `inspect` finds.
#include <fmt/format.h>

#include <sstream>

#include "common/paths.hpp"
#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;

namespace {

// A flag of which nothing is said: "  -a, --all", "      --name …".
bool has_bare_flag(const std::string& usage) {
  std::istringstream lines(usage);
  for (std::string line; std::getline(lines, line);) {
    const auto name = line.find("--");
    if (name == std::string::npos || !line.starts_with("  ")) continue;
    auto end = line.find(' ', name);
    if (line.find(" …", name) == end) end = line.find(' ', end + 1);
    if (end == std::string::npos) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("each command says how it is used", "[help]") {
  std::istringstream lines(shell("zoomin help").output);
  std::string line;
  std::getline(lines, line);
  unsigned commands = 0;
  while (std::getline(lines, line)) {
    const auto end = line.find("  ", 2);
    if (end == std::string::npos) continue;
    auto name = line.substr(2, end - 2);
    while (name.ends_with(' ')) name.pop_back();
    ++commands;
    INFO(name);
    const auto asked = shell(fmt::format("zoomin {} --help", name));
    CHECK(asked.status == 0);
    CHECK(contains(asked.output, "usage: zoomin "));
    CHECK(!has_bare_flag(asked.output));
    CHECK(asked.errors.empty());
  }
  CHECK(commands > 50);
  CHECK(contains(shell("zoomin run --help").output, "-m, --memory …"));
}

TEST_CASE("a command's own --help is its own", "[help]") {
  import_busybox();
  CHECK(says("zoomin run --rm bb echo --help") == "--help");
}

TEST_CASE("inspect finds containers, and images", "[help]") {
  import_busybox();
  shell("zoomin create --name made bb true");
  const std::string image = says("zoomin image inspect -f '{{.Id}}' bb");
  CHECK(says("zoomin inspect -f '{{.Id}}' bb") == image);
  CHECK(says("zoomin inspect -f '{{.Image}}' made") == image);
  CHECK(says("zoomin inspect --type image -f '{{.Id}}' bb") == image);
  says("zoomin network create web; zoomin volume create data");
  CHECK(says("zoomin inspect -f '{{.Driver}}' web data") == "bridge\nlocal");
  CHECK(says("zoomin inspect --type volume -f '{{.Name}}' data") == "data");
  CHECK(shell("zoomin inspect --type volume web").status == 1);
  CHECK(contains(shell("zoomin inspect nothing").errors, "No such object: nothing"));
  // A container comes first, also one that can't be shown.
  says("id=$(zoomin create --name web bb true); echo > " + zoomin::root_directory() +
       "/containers/$id/container.json");
  CHECK(contains(shell("zoomin inspect web").errors, "container.json"));
  says("zoomin rm web; zoomin network rm web; zoomin volume rm data");
  CHECK(shell("zoomin inspect --type container bb").status == 1);
  CHECK(shell("zoomin container inspect bb").status == 1);
  const auto none = shell("zoomin inspect nothing");
  CHECK(none.status == 1);
  CHECK(contains(none.errors, "No such"));
  shell("zoomin rm made");
}
