// SPDX-License-Identifier: MIT
// Untrusted texts: bytes that aren't UTF-8, JSON that is nested too deeply, names with
// terminal escape sequences.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

#include "final/archives.hpp"
#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;

namespace {

// Passes bytes unchanged by the host's sh(1).
const std::string byte = R"sh("$(printf 'a\377b')")sh";

}  // namespace

TEST_CASE("bytes that aren't UTF-8 reach the process unchanged", "[final]") {
  import_busybox();
  const std::string dump = "od -An -tx1 | xargs";
  CHECK(output_of("zoomin run --rm bb printf %s " + byte + " | " + dump) == "61 ff 62");
  CHECK(output_of("zoomin run --rm -e A=" + byte + " bb sh -c 'printf %s \"$A\"' | " +
                  dump) == "61 ff 62");
  // The character U+10FF80 stays unchanged, although bytes are stored as such characters.
  CHECK(output_of("zoomin run --rm bb printf %s \"$(printf '\\364\\217\\276\\200')\" | " +
                  dump) == "f4 8f be 80");
  const scratch files;
  output_of("mkdir " + files.path() + "/" + byte);
  CHECK(
      shell(fmt::format("zoomin run --name c -d -l l={1} -e A={1} -w /tmp -v {0}/{1}:/m "
                        "bb sleep 1000",
                        files.path(), byte))
          .errors.find("JSON") == std::string::npos);
  CHECK(output_of("zoomin exec c sh -c 'printf %s \"$A\"' | " + dump) == "61 ff 62");
  CHECK(output_of("zoomin exec -e B=" + byte + " c sh -c 'printf %s \"$B\"' | " + dump) ==
        "61 ff 62");
  CHECK(shell("zoomin exec c touch /m/x").status == 0);
  CHECK(shell("ls " + files.path() + "/" + byte + "/x").status == 0);
  output_of("zoomin restart -t 0 c");
  CHECK(output_of("zoomin exec c sh -c 'printf %s \"$A\"' | " + dump) == "61 ff 62");
  CHECK(inspected("c")["Config"]["Labels"]["l"] ==
        "a\xef\xbf\xbd"
        "b");
  CHECK(shell("zoomin ps --format json").status == 0);
  CHECK(output_of("zoomin ps -q -f label=l=" + byte).size() == 12);
  CHECK(shell("zoomin events --since 1m --until 0s").status == 0);
  CHECK(shell("zoomin update -m 64m c").status == 0);
  output_of("zoomin rm -f c");
}

TEST_CASE("JSON that is nested too deeply is refused", "[final]") {
  import_busybox();
  const scratch files;
  const std::string deep = std::string(300'000, '[') + std::string(300'000, ']');
  write_file(files / "image.tar",
             docker_archive(make_layout({{tar({{"a", "1"}})}}), deep));
  const auto loaded = shell("zoomin load -i " + (files / "image.tar"));
  CHECK(loaded.status == 1);
  CHECK(contains(loaded.errors, "nested deeper than 64 levels"));
  write_file(files / "profile.json", "{\"syscalls\": " + deep + "}");
  const auto run = shell(
      "zoomin run --rm --security-opt seccomp=" + (files / "profile.json") + " bb true");
  CHECK(run.status == 125);
  CHECK(contains(run.errors, "nested deeper than 64 levels"));
}

TEST_CASE("escape sequences in names never reach the terminal", "[final]") {
  import_busybox();
  const std::string order = R"sh("$(printf 'x\033]0;owned\007\n\302\233y')")sh";
  output_of("zoomin run --name c -l l=" + order + " bb touch /" + order);
  for (const std::string& words : std::vector<std::string>{
           "diff c", "inspect " + order, "rm " + order, "run " + order + " true",
           "ps -a --no-trunc", "ps -a --format '{{.Labels}}'", "inspect c",
           "inspect -f '{{.Config.Labels.l}}' c", "ps -a --format json",
           "volume create " + order, "network create " + order, "load -i /" + order,
           "events --since 1m --until 0s", "--" + order, "ps --" + order}) {
    INFO(words);
    const auto result = shell("zoomin " + words);
    const auto output = result.output + result.errors;
    CHECK(output.find('\x1b') == std::string::npos);
    CHECK(output.find('\a') == std::string::npos);
    CHECK(output.find("\xc2\x9b") == std::string::npos);
  }
  CHECK(contains(output_of("zoomin diff c"), R"(A /x\x1b]0;owned\x07\n\u009by)"));
  output_of("zoomin rm c");
}
