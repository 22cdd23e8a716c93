// SPDX-License-Identifier: MIT
// The progress of long commands, shown only on a terminal.
#include <fmt/format.h>

#include <string>

#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"
#include "support/terminal.hpp"

using namespace zoomin::test;

namespace {

// Runs a line of sh(1) on a terminal. Returns all output.
std::string shown_by(const std::string& line) {
  const std::string path = built("zoomin").substr(0, built("zoomin").rfind('/'));
  terminal window(
      {"sh", "-c", fmt::format("PATH={}:$PATH; {}; echo all-done", path, line)});
  return window.expect("all-done", 30);
}

}  // namespace

TEST_CASE("load, save, import and cp show their progress on a terminal", "[final]") {
  import_busybox();
  shell("zoomin create --name c bb true");
  const scratch files;
  const std::string in = fmt::format("cd {}; ", files.path());
  const std::string slowly = "(head -c 100000; sleep 1; cat)";
  const std::string erased = "\r\x1b[K";
  shell(in + "zoomin save -o bb.tar bb; zoomin cp c:/ - > root.tar");
  for (const auto& [line, doing] :
       {std::pair{"zoomin save bb | (sleep 1; cat > x)", "Saving: "},
        {"zoomin cp c:/ - | (sleep 1; cat > x)", "Sending: "},
        {"cat bb.tar | SLOWLY | zoomin load", "Loading: "},
        {"cat root.tar | SLOWLY | zoomin import - two", "Importing: "},
        {"cat root.tar | SLOWLY | zoomin cp - c:/tmp", "Receiving: "}}) {
    INFO(line);
    std::string text = line;
    if (const auto at = text.find("SLOWLY"); at != std::string::npos)
      text.replace(at, 6, slowly);
    const auto shown = shown_by(in + text);
    CHECK(contains(shown, erased + doing));
    // The line is erased at the end.
    CHECK(shown.rfind(erased) > shown.rfind(doing));
    CHECK(shell(in + text).errors.empty());
  }
  CHECK(
      !contains(shown_by(in + "cat bb.tar | " + slowly + " | zoomin load -q"), "\r\x1b"));
  CHECK(contains(shown_by(in + "zoomin cp bb.tar c:/x"), "Successfully copied 2"));
  CHECK(contains(shown_by(in + "zoomin cp c:/x ./y"), " to ./y"));
  CHECK(!contains(shown_by(in + "zoomin cp -q c:/x ./y"), "Successfully"));
  shell("zoomin rm c");
}
