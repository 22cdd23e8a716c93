// SPDX-License-Identifier: MIT
// In a container of another runtime: the files are on an overlay, and the visible cgroup
// root isn't the machine's.
#include <fmt/format.h>

#include <cstdlib>
#include <string>

#include "04-cgroups/hierarchy.hpp"
#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;

namespace {

// Puts the state on an overlay until it is destroyed.
class state_on_an_overlay {
 public:
  state_on_an_overlay() : before_(std::getenv("ZOOMIN_ROOT")) {
    shell(
        fmt::format("cd {} && mkdir lower upper work root && mount -t overlay -o "
                    "lowerdir=lower,upperdir=upper,workdir=work overlay root",
                    directory_.path()));
    ::setenv("ZOOMIN_ROOT", (directory_ / "root").c_str(), 1);
    import_busybox();
  }
  state_on_an_overlay(const state_on_an_overlay&) = delete;
  state_on_an_overlay& operator=(const state_on_an_overlay&) = delete;
  ~state_on_an_overlay() {
    shell("umount $ZOOMIN_ROOT");
    ::setenv("ZOOMIN_ROOT", before_.c_str(), 1);
  }

 private:
  scratch directory_{"/run"};
  std::string before_;
};

}  // namespace

TEST_CASE("if the state is on an overlay, writable layers are in memory", "[final][v2]") {
  const state_on_an_overlay state;
  const auto first = shell("zoomin run --name c bb sh -c 'echo kept > /file'");
  INFO(first.errors);
  CHECK(first.status == 0);
  CHECK(lines_without_hints(first.errors) == 1);
  CHECK(contains(first.errors, "in memory"));
  CHECK(contains(first.errors, "ZOOMIN_ROOT"));
  // The layer persists from one run to the next, and is readable in between.
  CHECK(output_of("zoomin diff c") == "A /file");
  CHECK(output_of("zoomin cp c:/file - | tar xO") == "kept");
  CHECK(shell("zoomin restart c").status == 0);
  CHECK(output_of("zoomin wait c; zoomin diff c") == "0\nA /file");
  CHECK(output_of("grep -c ' tmpfs tmpfs .*mode=700' /proc/self/mountinfo") == "1");
  shell("zoomin rm c");
  CHECK(output_of("ls -A $ZOOMIN_ROOT/containers") == ".names");
  CHECK(output_of("grep -c $ZOOMIN_ROOT/ /proc/self/mountinfo") == "0");
}

TEST_CASE("if the state is on an overlay, layers can still remove files", "[final]") {
  const state_on_an_overlay state;
  const scratch files;
  write_file(files / "Dockerfile",
             "FROM bb\nRUN mkdir -p /d /x/y && touch /d/gone /d/kept /x/old /top\n"
             "RUN rm -r /d/gone /x /top && mkdir /x && touch /x/new\n");
  const auto built = shell("zoomin build -q -t new " + files.path());
  INFO(built.errors);
  if (contains(built.errors, "since Linux 6.7")) skip_loudly("the kernel is too old");
  REQUIRE(built.status == 0);
  const std::string list =
      "zoomin run --rm --network none new sh -c 'ls /top /d /x 2>&1' 2> /dev/null";
  const std::string expected =
      "ls: /top: No such file or directory\n/d:\nkept\n\n/x:\nnew";
  CHECK(output_of(list) == expected);
  CHECK(output_of(
            "zoomin run --name c new sh -c 'echo > /top; echo > /d/kept' 2> /dev/null; "
            "zoomin diff c; zoomin rm c") == "C /d\nC /d/kept\nA /top\nc");
  output_of(
      "zoomin save -o $ZOOMIN_ROOT/new.tar new; zoomin rmi new; "
      "zoomin builder prune -af; zoomin load -q -i $ZOOMIN_ROOT/new.tar");
  CHECK(output_of(list) == expected);
  CHECK(shell("zoomin system check").status == 0);
}

TEST_CASE("limits work although the visible cgroup root has processes: version 2",
          "[final][v2]") {
  if (zoomin::cgroup::hierarchies().front().version != 2)
    skip_loudly("version 1 lets a group with processes limit those below");
  import_busybox();
  // The root is like that of a new container: all processes are in it, and it delegates
  // no controllers.
  output_of(
      "cd /sys/fs/cgroup; for one in $(cat cgroup.subtree_control); do "
      "echo -$one > cgroup.subtree_control; done; "
      "for one in $(cat processes/cgroup.procs); do echo $one > cgroup.procs; done; "
      "true");
  CHECK(contains(
      output_of(ZOOMIN_SOURCE "/scripts/doctor --with-sudo | grep 'cgroup root'"),
      "with processes in it: step 4 moves them"));
  const auto limited = shell("zoomin run --rm -m 64m --cpus 0.5 bb true");
  INFO(limited.errors);
  CHECK(limited.status == 0);
  CHECK(contains(limited.errors, "/sys/fs/cgroup/init"));
  CHECK(output_of("cat /sys/fs/cgroup/cgroup.procs").empty());
  CHECK(shell("zoomin run --rm -m 64m --cpus 0.5 bb true").errors.empty());
  // Moves the processes back to where other tests expect them.
  output_of(
      "cd /sys/fs/cgroup; for one in $(cat init/cgroup.procs); do "
      "echo $one > processes/cgroup.procs; done; rmdir init");
}
