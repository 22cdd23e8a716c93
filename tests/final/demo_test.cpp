// SPDX-License-Identifier: MIT
// The output of `make demo` once zoomin is built.
#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "common/paths.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;

namespace {

std::size_t characters(const std::string& line) {
  return static_cast<std::size_t>(
      std::ranges::count_if(line, [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace

TEST_CASE("the demo shows the whole article in 80 columns and leaves the image",
          "[demo]") {
  const auto done = shell(
      fmt::format("ZOOMIN={} {}/scripts/demo", built("zoomin"), ZOOMIN_SOURCE), 200);
  INFO(done.output << done.errors);
  REQUIRE(done.status == 0);
  CHECK(done.errors.empty());
  std::size_t at = 0;
  for (const char* shown : {"== It works on my machine ==",
                            "] COPY app.py /app/: 0.",
                            "] COPY python3-bottle/ /: cached",
                            "] COPY app.py /app/: 0.",
                            "COPY python3-bottle/ /",
                            "app:latest\n",
                            "Untagged: app:2",
                            "Python 3.",
                            "-> Create cgroup",
                            "clone3 ",
                            "overlay",
                            "-> exec() process in namespace",
                            "Python 3.",
                            "wget",
                            "Python 3.",
                            "host sees",
                            "zoomin: killed by the OOM killer at its limit of 64 MiB",
                            "[exit status 137]",
                            "Python 3.",
                            "/ 64MiB",
                            "D /app/app.py\nA /app/note",
                            "app.py",
                            "Measured",
                            " ms\n",
                            "KiB"}) {
    INFO(shown);
    at = done.output.find(shown, at);
    REQUIRE(at != std::string::npos);
  }
  std::istringstream lines(done.output);
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    CHECK(characters(line) <= 80);
    CHECK(line.find('\033') == std::string::npos);
  }
  CHECK(shell("zoomin ps -aq").output.empty());
  CHECK(shell("zoomin images --format '{{.Repository}}'").output == "app\n");
}
