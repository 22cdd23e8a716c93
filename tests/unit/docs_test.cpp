// SPDX-License-Identifier: MIT
// Unit tests of how documents are parsed and compared (tests/docs).
#include "docs/document.hpp"
#include "support/catch.hpp"

using namespace zoomin::docs;
using lines = std::vector<std::string>;

TEST_CASE("a wildcard in a line stands for one character or more", "[docs]") {
  CHECK(match({"pid …"}, {"pid 7"}));
  CHECK(match({"… is …."}, {"a is b."}));
  CHECK(match({"a…"}, {"abc"}));
  CHECK_FALSE(match({"pid …"}, {"pid "}));
  CHECK_FALSE(match({"a…c"}, {"ab"}));
  CHECK_FALSE(match({"abc"}, {"abcd"}));
}

TEST_CASE("a wildcard as a line stands for any number of lines", "[docs]") {
  CHECK(match({"a", "…", "b"}, {"a", "x", "y", "b"}));
  CHECK(match({"a", "…", "b"}, {"a", "b"}));
  CHECK(match({"…"}, {}));
  CHECK_FALSE(match({"a", "…", "b"}, {"a", "b", "c"}));
}

TEST_CASE("the first line that doesn't match is named", "[docs]") {
  CHECK(first_missing({"a", "…", "b", "c"}, {"a", "x", "b", "d"}) == "c");
  CHECK(first_missing({"a", "…", "y"}, {"a", "x", "b"}) == "y");
  CHECK(first_missing({"a"}, {"a", "b"}) == "an end here");
}

TEST_CASE("a block is split at its prompts", "[docs]") {
  const auto result = blocks(
      "```console terminal=2 running seconds=9\nbefore\n$ one \\\n    two\nout\n/ # "
      "ls\n```\n");
  REQUIRE(result.size() == 1);
  CHECK(result[0].terminal == 2);
  CHECK(result[0].running);
  CHECK(result[0].seconds == 9);
  CHECK(result[0].before == lines{"before"});
  REQUIRE(result[0].commands.size() == 2);
  CHECK(result[0].commands[0].text == "one two");
  CHECK(result[0].commands[0].shown == lines{"out"});
  CHECK(result[0].commands[1].prompt == "/ # ");
}

TEST_CASE("only console blocks are commands, also if a longer fence quotes one",
          "[docs]") {
  CHECK(blocks("```text\n$ no\n```\n").empty());
  CHECK(blocks("````text\n```console\n$ no\n```\n````\n").empty());
  CHECK_THROWS(blocks("```console termnal=2\n```\n"));
}

TEST_CASE("links and headings are found outside of blocks", "[docs]") {
  const auto references =
      links("see [a](b.md) and [`c::d`](e.cpp#L3)\n```text\n[f](g)\n```\n");
  REQUIRE(references.size() == 2);
  CHECK(references[1].text == "`c::d`");
  CHECK(references[1].target == "e.cpp#L3");
  CHECK(headings("## Two terminals\n") == lines{"two-terminals"});
}
