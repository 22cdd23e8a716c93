// SPDX-License-Identifier: MIT
// Tests of --pause, and of the narration's colour and JSON.
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "support/catch.hpp"
#include "support/support.hpp"
#include "support/terminal.hpp"

using namespace zoomin::test;

namespace {

const std::string step1 = built("step1");
constexpr const char* escape = "\033[";

struct counted {
  int requests = 0;
  std::set<std::string> mechanisms;
};

counted requests_of(const std::string& program) {
  std::istringstream lines(run({program, "--explain=json", "--", "true"}).errors);
  counted result;
  for (std::string text; std::getline(lines, text);) {
    const auto line = nlohmann::json::parse(text);
    if (!line.contains("id")) continue;
    ++result.requests;
    const auto id = line["id"].get<std::string>();
    result.mechanisms.insert(id.substr(0, id.find('.')));
  }
  return result;
}

// Presses Enter at `pauses` pauses; then the command must run.
void check_pauses(const std::string& command, std::size_t pauses) {
  INFO(command);
  terminal terminal(
      {"sh", "-c", command + " -- sh -c 'echo done-$((1 + 1))'; echo end-$?"});
  std::string seen;
  for (std::size_t i = 0; i < pauses; ++i) {
    seen += terminal.expect("[Enter]");
    terminal.type("\n");
  }
  seen += terminal.expect("end-0");
  CHECK(seen.find("done-2") != std::string::npos);
}

}  // namespace

TEST_CASE("option --pause waits for Enter before each mechanism", "[gate]") {
  run({built("step5"), "-q", "--", "true"});  // makes the directories that stay
  const auto step5 = requests_of(built("step5"));
  REQUIRE(step5.mechanisms.size() > 20);
  REQUIRE(step5.mechanisms.size() < 30);
  check_pauses(built("step5") + " --pause", step5.mechanisms.size());
  check_pauses(built("step5") + " --quiet --pause", step5.mechanisms.size());
}

TEST_CASE("option --pause=all waits before each request, =NAME before that one",
          "[gate]") {
  const auto requests = static_cast<std::size_t>(requests_of(step1).requests);
  REQUIRE(requests == 5);
  check_pauses(step1 + " --pause=all", requests);
  check_pauses(built("step5") + " --pause=private", 1);
  check_pauses(built("step5") + " --pause=dev.null", 1);
  const auto unknown = run({step1, "--pause=nowhere", "--", "true"});
  CHECK(unknown.status == 125);
  CHECK(unknown.errors.find("expected all or one of: ") != std::string::npos);
}

TEST_CASE("Ctrl-C at a pause ends the program with 130 and cleans up", "[gate]") {
  for (const int at : {1, 2, 20, 40}) {
    INFO("pause " << at);
    terminal terminal(
        {"sh", "-c",
         "trap : INT; " + built("step5") + " --pause=all -- true; echo status-$?"});
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

TEST_CASE("a name for --skip leaves out the requests below it", "[gate]") {
  const auto result = run({built("step5"), "--explain=json", "--skip", "etc", "--", "ls",
                           "/etc/resolv.conf", "/proc/1"});
  CHECK(result.errors.find(R"("id":"dev.null")") != std::string::npos);
  CHECK(result.errors.find(R"("id":"etc)") == std::string::npos);
  CHECK(run({built("step5"), "-q", "--skip", "dev.n", "--", "true"}).status == 125);
}

TEST_CASE("an unknown name for --skip is refused with the list of names", "[gate]") {
  const auto unknown = run({step1, "--skip", "no-such-name", "--", "true"});
  CHECK(unknown.status == 125);
  CHECK(unknown.errors.find("hint: the names are: ") != std::string::npos);
  const auto unused = run({step1, "-q", "--skip", "clone3.net", "--", "true"});
  CHECK(unused.status == 125);
  CHECK(unused.errors.find("clone3.net") != std::string::npos);
}
