// SPDX-License-Identifier: MIT
// Unit tests of untrusted text: JSON, names for a terminal, mistyped words.
#include "base/json.hpp"
#include "base/nearest.hpp"
#include "base/printable.hpp"
#include "support/catch.hpp"

using namespace zoomin;
using nlohmann::json;

TEST_CASE("documents keep every byte") {
  std::string result;
  for (int byte = 1; byte < 256; ++byte) result += static_cast<char>(byte);
  for (const std::string& bytes :
       {std::string("plain"), std::string("\xff\xfe"), result, std::string("é\xc3("),
        std::string("\xf4\x8f\xbe\x80 is itself"), std::string("\xed\xa0\x80\xf4\x90"),
        std::string("cut \xf0\x9f\x98"), std::string("\xf4\x8f\xbf\xbf\xff")}) {
    const json before{{"Text", bytes}, {bytes, {bytes, 1, nullptr}}};
    const auto text = base::json_text(before, 2);
    CHECK(base::is_utf8(text));
    CHECK(base::parse_own(text, "it") == before);
  }
  CHECK(base::json_text(json{"é"}) == "[\"é\"]");
}

TEST_CASE("invalid bytes are replaced in output for others") {
  CHECK(base::shown_json(json{"a\xff"}) == "[\"a\xef\xbf\xbd\"]");
  CHECK(base::shown_json(json{"\x1b[1m\x7f\xc2\x9b"}) == R"(["\u001b[1m\u007f\u009b"])");
}

TEST_CASE("a document is bounded in depth and size") {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  CHECK_NOTHROW(base::parse_json(nested(64), "it"));
  CHECK_THROWS_AS(base::parse_json(nested(65), "it"), usage_error);
  CHECK_THROWS_AS(base::parse_json(std::string(300'000, '['), "it"), usage_error);
  CHECK_NOTHROW(base::parse_json("[\"" + std::string(100, '[') + "\\\"[\"]", "it"));
  CHECK_THROWS_AS(base::parse_json(std::string(17UL << 20, ' '), "it"), usage_error);
}

TEST_CASE("no output contains terminal control sequences") {
  CHECK(base::printable("web é 1") == "web é 1");
  CHECK(base::printable("\x1b]0;x\x07\n\t") == R"(\x1b]0;x\x07\n\t)");
  CHECK(base::printable("\xc2\x9b"
                        "31m\x7f\xff") == R"(\u009b31m\x7f\xff)");
  CHECK(base::printable("a\xe2\x80\xae"
                        "b") == R"(a\u202eb)");
  CHECK(base::printable_lines("a\tb\n\r") == "a\tb\n\\r");
}

TEST_CASE("the nearest known word is found, if it is near enough") {
  const std::vector<std::string> known{"--memory", "--memory-swap", "--name", "--tty"};
  CHECK(base::nearest("--memroy", known) == "--memory");
  CHECK(base::nearest("--nam", known) == "--name");
  CHECK(base::nearest("--memoryswap", known) == "--memory-swap");
  CHECK(base::nearest("--colour", known).empty());
}
