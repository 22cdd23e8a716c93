// SPDX-License-Identifier: MIT
// Hints: the second line of an error message.
#include <fmt/format.h>

#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;

namespace {

struct expected {
  const char* command;
  int status;
  const char* hint;
};

}  // namespace

TEST_CASE("a hint explains why a file can't be executed", "[hints]") {
  import_busybox("bb",
                 "printf '#!/bin/sh\\necho ran\\n' > plain; "
                 "printf '#!/bin/sh\\r\\necho ran\\r\\n' > windows; "
                 "printf 'echo ran\\n' > bare; printf '#!/no/such\\n' > lost; : > empty; "
                 "printf '\\177ELF of another machine' > foreign; "
                 "chmod 755 windows bare lost empty foreign");
  for (const auto& [command, status, hint] :
       {expected{"/plain", 126, "chmod +x"},
        {"/windows", 127, "carriage return"},
        {"/bare", 126, "must begin with #!"},
        {"/lost", 127, "interpreter \"/no/such\" doesn't exist"},
        {"/empty", 126, "empty"},
        {"/foreign", 126, "another architecture"},
        {"/etc", 126, "it is a directory"}}) {
    INFO(command);
    for (const char* how : {"run --rm bb", "exec c"}) {
      output_of("zoomin run -d --name c bb sleep 60");
      const auto refused = shell(fmt::format("zoomin {} {}", how, command));
      CHECK(refused.status == status);
      CHECK(contains(refused.errors, "hint: "));
      CHECK(contains(refused.errors, hint));
      CHECK(lines_without_hints(refused.errors) == 1);
      output_of("zoomin rm -f c");
    }
  }
  CHECK(output_of("zoomin run --rm bb sh /plain") == "ran");
}

TEST_CASE("a mount of a file on a directory, or reverse, prints one line and a hint",
          "[hints]") {
  import_busybox();
  const scratch directory;
  write_file(directory / "file", "x");
  for (const auto& [source, target] :
       {std::pair(directory / "file", "/etc"), {directory.path(), "/etc/passwd"}}) {
    const auto refused =
        shell(fmt::format("zoomin run --rm -v {}:{}:ro bb true", source, target));
    CHECK(refused.status == 125);
    CHECK(lines_without_hints(refused.errors) == 1);
    CHECK(contains(refused.errors, "hint: the source is a "));
  }
  CHECK(output_of("zoomin ps -aq").empty());
}

TEST_CASE("a failed busybox ping gets a hint about NET_RAW", "[hints]") {
  import_busybox();
  const auto refused = shell("zoomin run --rm bb ping -c1 127.0.0.1");
  CHECK(refused.status != 0);
  CHECK(contains(refused.errors, "--cap-add NET_RAW"));
  const auto allowed = shell("zoomin run --rm --cap-add NET_RAW bb ping -c1 127.0.0.1");
  CHECK(allowed.status == 0);
  CHECK(!contains(allowed.errors, "NET_RAW"));
}
