// SPDX-License-Identifier: MIT
// Unit tests of the list of changes, with directories given as text.
#include <sstream>

#include "05-overlay/changes.hpp"
#include "05-overlay/overlay.hpp"
#include "common/error.hpp"
#include "support/catch.hpp"

using namespace zoomin::overlay;

namespace {

// Trees written as lines: "up/dir/" is a directory, "up/dir//" an opaque one, "up/x!" a
// whiteout, everything else a file.
std::map<std::string, std::map<std::string, entry>> tree(const std::string& lines) {
  std::map<std::string, std::map<std::string, entry>> result;
  std::istringstream words(lines);
  for (std::string path; words >> path;) {
    entry what;
    if (path.ends_with("//"))
      what = {kind::directory, true};
    else if (path.ends_with('/'))
      what = {kind::directory, false};
    else if (path.ends_with('!'))
      what = {kind::whiteout, false};
    path.erase(path.find_last_not_of("/!") + 1);
    const auto slash = path.rfind('/');
    result[path.substr(0, slash)][path.substr(slash + 1)] = what;
  }
  return result;
}

// Returns the changes as "C /dir A /dir/x"; the layers are named low, mid and up.
std::string changed(const std::string& lines) {
  const auto result = tree(lines);
  const auto list = [&](const std::string& directory) {
    const auto found = result.find(directory);
    return found == result.end() ? std::map<std::string, entry>{} : found->second;
  };
  std::string text;
  for (const auto& [kind, path] : compare("up", {"mid", "low"}, list))
    text += (text.empty() ? "" : " ") + std::string(1, kind) + " " + path;
  return text;
}

}  // namespace

TEST_CASE("an empty writable layer is no change", "[overlay]") {
  CHECK(changed("low/f mid/g").empty());
}

TEST_CASE("a new file is added, one of a layer is changed", "[overlay]") {
  CHECK(changed("low/f mid/g up/f up/g up/h") == "C /f C /g A /h");
}

TEST_CASE("a whiteout of an existing name is a deletion", "[overlay]") {
  CHECK(changed("low/gone up/gone!") == "D /gone");
  CHECK(changed("low/x mid/x! up/x!").empty());
}

TEST_CASE("a file that an upper layer deletes can be added again", "[overlay]") {
  CHECK(changed("low/f mid/f! up/f") == "A /f");
}

TEST_CASE("a directory is merged from all layers that have it", "[overlay]") {
  const std::string layers = "low/d/ low/d/a mid/d/ mid/d/b up/d/ ";
  CHECK(changed(layers + "up/d/a up/d/b up/d/c") == "C /d C /d/a C /d/b A /d/c");
  CHECK(changed(layers + "up/d/a!") == "C /d D /d/a");
}

TEST_CASE("a new directory is added with its contents", "[overlay]") {
  CHECK(changed("low/f up/d/ up/d/e/ up/d/e/f") == "A /d A /d/e A /d/e/f");
}

TEST_CASE("an opaque directory in a layer hides those below", "[overlay]") {
  CHECK(changed("low/d/ low/d/a mid/d// up/d/ up/d/a") == "C /d A /d/a");
}

TEST_CASE("a directory that was removed and made again has lost its contents",
          "[overlay]") {
  CHECK(changed("low/d/ low/d/a low/d/b mid/d/ mid/d/b! up/d// up/d/c") ==
        "C /d D /d/a A /d/c");
  CHECK(changed("low/d/ low/d/a up/d// up/d/a") == "C /d C /d/a");
}

TEST_CASE("a file can replace a directory, and vice versa", "[overlay]") {
  CHECK(changed("low/d/ low/d/a up/d") == "C /d");
  CHECK(changed("low/f up/f// up/f/x") == "C /f A /f/x");
  CHECK(changed("low/d/ low/d/a mid/d up/d/ up/d/a") == "C /d A /d/a");
}

TEST_CASE("layers that can't be mounted are refused", "[overlay]") {
  using zoomin::usage_error;
  CHECK_THROWS_AS(validate({"/no/such/layer"}), usage_error);
  CHECK_THROWS_AS(validate({"/dev/null"}), usage_error);
  CHECK_THROWS_AS(validate({"/tmp", "/tmp/."}), usage_error);
  CHECK_THROWS_AS(validate(std::vector<std::string>(max_layers + 1, "/")), usage_error);
  CHECK(validate({"/tmp/..", "/tmp"}) == std::vector<std::string>{"/", "/tmp"});
}
