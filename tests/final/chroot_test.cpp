// SPDX-License-Identifier: MIT
// The runtime in a chroot: a process that joins a container is in the container, and not
// in the machine outside the chroot.
#include <fmt/format.h>

#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;

namespace {

// Runs a script in a chroot to a mount, or to a plain directory, with the machine's
// mounts in it. They end with their namespace.
run_result in_chroot(const scratch& files, bool plain, const std::string& script,
                     int seconds = 60) {
  write_file(files / "script", "export PATH=" + built("") + ":$PATH\n" + script);
  const std::string root = files / "root";
  const std::string result =
      plain ? "for d in /*; do test -L $d && cp -P $d {0} && continue; "
              "test -d $d || continue; mkdir -p {0}$d; mount --rbind $d {0}$d; done"
            : "mount --rbind / {0}";
  return shell(fmt::format(fmt::runtime("mkdir -p {0}; unshare -m sh -c '"
                                        "mount --make-rprivate /; " +
                                        result + "; chroot {0} sh {1}'"),
                           root, files / "script"),
               seconds);
}

void joins_the_container(bool plain) {
  INFO((plain ? "a plain directory" : "a mount"));
  import_busybox();
  const scratch files;
  const auto seen = in_chroot(files, plain, R"(
    zoomin run -d --name den bb sh -c 'echo inside > /where; sleep 100' >&2
    zoomin exec den cat /where
    zoomin exec den sh -c 'echo exec > /written'
    echo copied > /tmp/copied
    zoomin cp /tmp/copied den:/copied
    zoomin exec den cat /copied
    zoomin cp den:/where - | tar xO
    zoomin rm -f den >&2
    zoomin create --name later bb cat /copied >&2
    zoomin cp /tmp/copied later:/copied
    zoomin start -a later
    zoomin rm later >&2
  )");
  INFO(seen.errors);
  CHECK(seen.output == "inside\ncopied\ninside\ncopied\n");
  for (const char* name : {"/written", "/copied", "/where"})
    CHECK(output_of(fmt::format("ls {} {}{}", name, files / "root", name)).empty());
}

}  // namespace

TEST_CASE("in a chroot, exec and cp act on the container", "[chroot]") {
  joins_the_container(false);
}

TEST_CASE("in a chroot to a plain directory, exec and cp act on the container",
          "[chroot]") {
  joins_the_container(true);
}

TEST_CASE("in a chroot a step's self-check works when started by a relative path",
          "[chroot]") {
  const scratch files;
  const auto seen =
      in_chroot(files, false, fmt::format("cd {}; ./step5 --self-check", built("")), 240);
  INFO(seen.output << seen.errors);
  CHECK(seen.status == 0);
}
