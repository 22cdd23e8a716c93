// SPDX-License-Identifier: MIT
// Tests of --pause, and of the narration's colour and JSON.
#include <nlohmann/json.hpp>
#include <sstream>

#include "support/catch.hpp"
#include "support/support.hpp"
#include "support/terminal.hpp"

using namespace zoomin::test;

namespace {

const std::string step1 = built("step1");
constexpr const char* escape = "\033[";

int requests_of(const std::vector<std::string>& arguments) {
  std::istringstream lines(run(arguments).errors);
  int count = 0;
  for (std::string text; std::getline(lines, text);)
    count += nlohmann::json::parse(text).contains("id") ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE("option --pause waits for Enter before each request", "[gate]") {
  const int requests = requests_of({step1, "--explain=json", "--", "true"});
  REQUIRE(requests == 5);
  terminal terminal({"sh", "-c", step1 + " --pause -- sh -c 'echo done-$((1 + 1))'"});
  for (int i = 0; i < requests; ++i) {
    terminal.expect("[Enter]");
    terminal.type("\n");
  }
  terminal.expect("done-2");
  CHECK(terminal.end() == 0);
}

TEST_CASE("Ctrl-C at a pause ends the program with 130 and cleans up", "[gate]") {
  for (const int at : {1, 2, 20, 40}) {
    INFO("pause " << at);
    terminal terminal(
        {"sh", "-c",
         "trap : INT; " + built("step5") + " --pause -- true; echo status-$?"});
    for (int i = 1; i < at; ++i) {
      terminal.expect("[Enter]");
      terminal.type("\n");
    }
    terminal.expect("[Enter]");
    terminal.type("\x03");
    terminal.expect("status-130");
  }
}

TEST_CASE("the narration is coloured on a terminal only", "[gate]") {
  terminal coloured({"sh", "-c", step1 + " -- true; echo end-$((1 + 1))"});
  CHECK(coloured.expect("end-2").find(escape) != std::string::npos);
  terminal plain({"sh", "-c", "NO_COLOR=1 " + step1 + " -- true; echo end-$((1 + 1))"});
  CHECK(plain.expect("end-2").find(escape) == std::string::npos);
  CHECK(run({step1, "--", "true"}).errors.find(escape) == std::string::npos);
}

TEST_CASE("the narration is on stderr, only the command's output on stdout", "[gate]") {
  const auto result = shell("step5 --explain=json --look -- echo hello 2>/dev/null");
  CHECK(result.output == "hello\n");
  CHECK(shell("step5 -- echo hello 2>&1 >/dev/null | grep -c '^hello$'").output == "0\n");
  CHECK(shell("step5 -- echo hello 2>&- | cat").output == "hello\n");
  CHECK(
      shell("step5 -- true 2>&1 | head -n 1 >/dev/null; step5 -q -- echo next").output ==
      "next\n");
}

TEST_CASE("an unknown name for --skip is refused with the list of names", "[gate]") {
  const auto unknown = run({step1, "--skip", "no-such-name", "--", "true"});
  CHECK(unknown.status == 125);
  CHECK(unknown.errors.find("hint: the names are: ") != std::string::npos);
  const auto unused = run({step1, "-q", "--skip", "clone3.net", "--", "true"});
  CHECK(unused.status == 125);
  CHECK(unused.errors.find("clone3.net") != std::string::npos);
}
