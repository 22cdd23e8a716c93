// SPDX-License-Identifier: MIT
// Trees that are deeper than a path, or than the number of descriptors of a process. Any
// container can make them, and no command may fail because of them.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "common/descent.hpp"
#include "common/fd.hpp"
#include "common/paths.hpp"
#include "common/sys.hpp"
#include "final/archives.hpp"
#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;
namespace sys = zoomin::sys;

namespace {

// Makes nested directories "d", and a file "end" in the innermost.
void make_deep(const std::string& top, int levels) {
  zoomin::unique_fd at = sys::open(top, O_RDONLY | O_DIRECTORY);
  for (int i = 0; i < levels; ++i) {
    REQUIRE(::mkdirat(at.get(), "d", 0755) == 0);
    at = sys::open_below(at.get(), "d");
  }
  REQUIRE(sys::make_file_at(at.get(), "end", top));
}

// Returns the number of levels; -1 if the file isn't in the innermost directory.
int depth_of(const std::string& top) {
  zoomin::unique_fd at = sys::open(top, O_RDONLY | O_DIRECTORY);
  int levels = 0;
  for (auto below = sys::open_below(at.get(), "d"); below; ++levels) {
    at = std::move(below);
    below = sys::open_below(at.get(), "d");
  }
  return ::faccessat(at.get(), "end", F_OK, 0) == 0 ? levels : -1;
}

std::string containers() { return zoomin::root_directory() + "/containers"; }

}  // namespace

TEST_CASE("a deeply nested tree is removed with its container, and no command fails",
          "[final]") {
  import_busybox();
  const auto ran = shell(
      "zoomin run --rm bb sh -c 'i=0; while [ $i -lt 1100 ]; do mkdir d && cd d || exit; "
      "i=$((i+1)); done; echo $i'");
  CHECK(ran.output == "1100\n");
  CHECK(ran.status == 0);
  CHECK(output_of("ls -A " + containers()) == ".names");
  const auto listed = shell("zoomin ps");
  CHECK(listed.status == 0);
  CHECK(contains(listed.output, "CONTAINER ID"));
}

TEST_CASE("a tree deeper than any path is copied, counted, compared and removed",
          "[final]") {
  constexpr int levels = 5'000;
  import_busybox();
  const scratch directory;
  shell("zoomin run --name c bb true");
  const std::string upper =
      output_of("echo " + containers() + "/$(zoomin ps -aq --no-trunc)/layer/upper");
  REQUIRE(sys::make_directory(sys::quiet, upper + "/deep"));
  make_deep(upper + "/deep", levels);
  const auto compared = shell("zoomin diff c");
  CHECK(compared.status == 0);
  CHECK(compared.output.starts_with("A /deep\nA /deep/d\n"));
  CHECK(contains(compared.errors, "nested deeper than the longest path"));
  CHECK(shell("zoomin system df -v && zoomin ps -as").status == 0);
  CHECK(shell("zoomin cp c:/deep " + (directory / "out")).errors.empty());
  CHECK(depth_of(directory / "out") == levels);
  CHECK(shell("zoomin cp " + (directory / "out") + " c:/in").errors.empty());
  CHECK(depth_of(upper + "/in") == levels);
  CHECK(contains(shell("zoomin cp c:/deep - | cat > /dev/null").errors, "too long"));
  CHECK(shell("zoomin rm c").errors.empty());
  CHECK(output_of("ls -A " + containers()) == ".names");
  sys::remove_tree(sys::quiet, directory / "out");
}

TEST_CASE("an archive deeper than 500 directories is refused, and leaves nothing",
          "[final]") {
  import_busybox();
  const scratch directory;
  std::string deep = "d", half = "d";
  for (int i = 0; i < 1500; ++i) deep += "/d";
  for (int i = 0; i < 300; ++i) half += "/d";
  const std::string in = "cd " + directory.path() + " && ";
  shell(in + "mkdir -p a/" + deep + " b/" + half +
        " && tar -C a -cf a.tar . && "
        "ln -s " +
        half + " b/link && tar -C b -cf b.tar .");
  CHECK(contains(shell(in + "zoomin import a.tar").errors, "directories deep"));
  // The second half of the path comes through the link, to below the first half.
  const auto through_link =
      shell(in + "mkdir -p c/link/" + half + " && tar -C c -cf c.tar link/" + half +
            " && tar -Af b.tar c.tar && zoomin import b.tar");
  CHECK(contains(through_link.errors, "directories deep"));
  CHECK(shell(in + "tar -cf d.tar b/" + half + " && zoomin import d.tar e").status == 0);
  CHECK(shell("zoomin system prune -f && zoomin rmi e").status == 0);
  CHECK(output_of("ls -A " + zoomin::root_directory() + "/layers | wc -l") == "1");
}

TEST_CASE("a copy of many files with two names each keeps them within few descriptors",
          "[final]") {
  import_busybox();
  const scratch directory;
  shell(
      "cd " + directory.path() +
      " && mkdir a && cd a && for i in $(seq 300); do echo $i > $i; ln $i same-$i; done");
  shell("zoomin create --name c bb true");
  const auto copied = shell("cd " + directory.path() +
                            " && ulimit -n 100 && zoomin cp a c:/a && zoomin cp c:/a b");
  CHECK(copied.errors.empty());
  CHECK(output_of("cd " + directory.path() +
                  "/b && ls | wc -l && stat -c %h * | sort | uniq -c") ==
        "600\n    600 2");
  CHECK(output_of("cd " + directory.path() + "/b && cat same-299") == "299");
  shell("zoomin rm c");
}

TEST_CASE("a directory that is copied into itself isn't copied endlessly", "[final]") {
  import_busybox();
  const scratch directory;
  shell("cd " + directory.path() + " && mkdir a && echo f > a/f");
  shell("zoomin create --name c -v " + directory.path() + ":/m bb true");
  CHECK(shell("zoomin cp " + (directory / "a") + " c:/m/a/b").status == 0);
  CHECK(output_of("cd " + directory.path() + " && find a | sort") ==
        "a\na/b\na/b/f\na/f");
  shell("zoomin rm c");
}

TEST_CASE("leftovers that can't be removed are a warning, and the command goes on",
          "[final]") {
  import_busybox();
  const std::string stuck = containers() + "/.removing-" + std::string(64, 'a');
  const std::string other = containers() + "/.removing-" + std::string(64, 'b');
  shell("zoomin create --name c bb true");
  shell(fmt::format("mkdir -p {0}/mounted {0}/f {1}/f && mount -t tmpfs t {0}/mounted",
                    stuck, other));
  const auto listed = shell("zoomin ps -a");
  CHECK(listed.status == 0);
  CHECK(contains(listed.output, " c\n"));
  CHECK(contains(listed.errors, "can't remove \"" + stuck));
  CHECK(contains(listed.errors, "busy"));
  CHECK(output_of("ls " + stuck) == "mounted");
  CHECK(!std::filesystem::exists(other));
  shell("umount " + stuck + "/mounted && zoomin ps && zoomin rm c");
  CHECK(!std::filesystem::exists(stuck));
}
