// SPDX-License-Identifier: MIT
// cp: copies between a container and the host, and never outside of them.
#include <fmt/format.h>
#include <sys/xattr.h>

#include <filesystem>
#include <fstream>

#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;
namespace fs = std::filesystem;

namespace {

// Runs a line of sh(1) in a private directory.
std::string output_in(const scratch& directory, const std::string& line) {
  const auto result = shell(fmt::format("cd {} && {}", directory.path(), line));
  std::string output = result.output + result.errors;
  while (output.ends_with('\n')) output.pop_back();
  return output;
}

void run_box() {
  import_busybox();
  shell("zoomin volume create v");
  shell(
      "zoomin run -d --name c -v v:/v bb sh -c 'mkdir -p /d/e; echo f > /d/e/f; "
      "ln -s /etc/hostname /link; ln -s /d /to-d; ln -s /loop /loop; ln -s /new "
      "/dangling; "
      "ln /d/e/f /d/same; echo ready; exec sleep 1000'");
  shell("until [ \"$(zoomin logs c)\" = ready ]; do :; done");
}

}  // namespace

TEST_CASE("cp copies files and directories to the same paths as cp(1)", "[final]") {
  run_box();
  const scratch directory;
  const auto check_all = [&] {
    CHECK(output_in(directory, "zoomin cp c:/d/e/f one && cat one") == "f");
    CHECK(contains(output_in(directory, "zoomin cp c:d/e/f sub/"),
                   "No such file or directory"));
    CHECK(output_in(directory, "mkdir sub && zoomin cp c:/d/e/f sub && cat sub/f") ==
          "f");
    CHECK(output_in(directory, "zoomin cp c:/d new && find new | sort") ==
          "new\nnew/e\nnew/e/f\nnew/same");
    CHECK(output_in(directory, "stat -c %h new/same") == "2");
    CHECK(output_in(directory, "zoomin cp c:/d new && ls new") == "d\ne\nsame");
    CHECK(output_in(directory, "mkdir over && zoomin cp c:/d/. over && ls over") ==
          "e\nsame");
    CHECK(output_in(directory, "zoomin cp c:/d one").find("is a directory, but") !=
          std::string::npos);
    CHECK(output_in(directory,
                    "zoomin cp one c:/v/two && zoomin cp c:/v/two - | tar -xO") == "f");
    CHECK(output_in(directory,
                    "zoomin cp one c:/new-name && zoomin cp c:/new-name back && "
                    "cat back") == "f");
    CHECK(output_in(directory,
                    "zoomin cp new c:/to-d && zoomin cp c:/d/new/e/f there && "
                    "cat there") == "f");
    CHECK(output_in(directory, "rm -r one sub new over back there; zoomin cp nothing c:/")
              .ends_with("nothing): No such file or directory"));
  };
  check_all();
  CHECK(output_of("zoomin exec c cat /v/two") == "f");
  shell("zoomin exec c rm -r /d/new; zoomin stop -t 0 c");
  check_all();
  CHECK(output_of("zoomin start c && zoomin exec c cat /v/two /new-name") == "c\nf\nf");
  shell("zoomin rm -f c; zoomin volume rm v");
}

TEST_CASE("cp follows links only within the container", "[final]") {
  run_box();
  const scratch directory;
  shell("echo host-secret > /tmp/new");
  const auto check_all = [&] {
    CHECK(output_in(directory, "zoomin cp c:/link a && readlink a") == "/etc/hostname");
    CHECK(output_in(directory, "zoomin cp c:/to-d/e/f middle && cat middle") == "f");
    CHECK(contains(output_in(directory, "zoomin cp -L c:/loop x"), "Too many levels"));
    CHECK(contains(output_in(directory, "zoomin cp a c:/loop"), "Too many levels"));
    CHECK(output_in(directory,
                    "zoomin cp middle c:/dangling && zoomin cp c:/new x && cat x") ==
          "f");
    CHECK(output_in(directory, "zoomin cp c:/../../../../d/e/f up && cat up") == "f");
    shell("rm -r " + directory.path() + "/*");
  };
  check_all();
  CHECK(output_in(directory, "zoomin cp -L c:/link b && cat b") ==
        output_of("zoomin inspect -f '{{.Config.Hostname}}' c"));
  shell("zoomin exec c rm /new; zoomin stop -t 0 c");
  check_all();
  CHECK(output_of("cat /tmp/new") == "host-secret");
  shell("rm /tmp/new; zoomin rm -f c; zoomin volume rm v");
}

TEST_CASE("cp reads and writes archives", "[final]") {
  run_box();
  const scratch directory;
  CHECK(output_in(directory, "zoomin cp c:/d - > a && tar -tf a") ==
        "d/\nd/e/\nd/e/f\nd/same");
  CHECK(output_in(directory, "zoomin cp c:/d/. - | tar -t") == "e/\ne/f\nsame");
  CHECK(output_in(directory,
                  "zoomin cp c:/link - | tar -tv | grep -c 'link -> /etc/hostname'") ==
        "1");
  CHECK(output_in(directory,
                  "zoomin cp -L c:/link - | tar -x && cat link hostname 2>/dev/null") ==
        output_of("zoomin inspect -f '{{.Config.Hostname}}' c"));
  output_in(directory,
            "mkdir s; echo n > s/n; echo w > s/.wh.w; ln -s /etc/shadow s/l; "
            "chown 7:8 s/n; chmod 4755 s/n");
  const auto look = [] { return output_of("zoomin exec c stat -c '%u:%g %a' /to/n"); };
  output_in(directory, "zoomin exec c mkdir /to; tar -C s -cz . | zoomin cp - c:/to");
  CHECK(look() == "7:8 4755");
  CHECK(contains(output_in(directory, "zoomin cp c:/to/n - | tar -tv --numeric-owner"),
                 " 7/8 "));
  CHECK(output_of("zoomin exec c sh -c 'cat /to/n /to/.wh.w; readlink /to/l'") ==
        "n\nw\n/etc/shadow");
  // "-" in a container is a file name.
  CHECK(output_in(directory, "zoomin exec c mkdir /-; tar -C s -c . | zoomin cp - c:-")
            .empty());
  CHECK(output_of("zoomin exec c cat /-/n") == "n");
  output_in(directory, "chown 9:8 s/n; tar -C s -c . | zoomin cp -a - c:/to");
  CHECK(look() == "9:8 755");
  // A link in the container doesn't lead to the host.
  const std::string passwd = output_of("md5sum /etc/passwd");
  output_in(directory,
            "zoomin exec c ln -s /etc/passwd /to/x; echo x > s/x; tar -C s -c x | "
            "zoomin cp - c:/to");
  CHECK(output_of("zoomin exec c cat /to/x") == "x");
  CHECK(output_of("md5sum /etc/passwd") == passwd);
  for (const auto* wrong :
       {"tar -C s -c . | zoomin cp - c:/no", "tar -C s -c . | zoomin cp - c:/to/n",
        "echo junk | zoomin cp - c:/to", "zoomin cp c:/no - > b",
        "tar -c --transform 's,n,../n,' -P s/n | zoomin cp - c:/to"}) {
    INFO(wrong);
    const auto refused = shell("cd " + directory.path() + "; " + wrong);
    CHECK(refused.status == 1);
    CHECK(lines_without_hints(refused.errors) == 1);
  }
  CHECK(output_in(directory, "zoomin stop -t 0 c; zoomin cp c:/to/n - | tar -xO") ==
        "c\nn");
  CHECK(output_in(directory, "zoomin cp - - < a").find("one of the two") !=
        std::string::npos);
  CHECK(output_of("ls -A /var/lib/zoomin/images | grep -c new; true") == "0");
  shell("zoomin rm -f c; zoomin volume rm v");
}

TEST_CASE("cp keeps modes and times, and owners with -a", "[final]") {
  run_box();
  const scratch directory;
  shell(
      "zoomin exec c sh -c 'echo x > /f; chown 7:8 /f; chmod 4751 /f; touch -d @1000 "
      "/f'");
  CHECK(output_in(directory, "zoomin cp c:/f f && stat -c '%u:%g %a %Y' f") ==
        "0:0 751 1000");
  CHECK(output_in(directory, "zoomin cp -a c:/f g && stat -c '%u:%g %a %Y' g") ==
        "7:8 4751 1000");
  CHECK(output_in(directory,
                  "zoomin cp g c:/g && zoomin exec c stat -c '%u:%g %a %Y' /g") ==
        "0:0 751 1000");
  CHECK(output_in(directory,
                  "zoomin cp -a g c:/h && zoomin exec c stat -c '%u:%g %a %Y' /h") ==
        "7:8 4751 1000");
  // Holes of all sizes are kept.
  CHECK(output_in(directory,
                  "truncate -s 4G hole && zoomin cp hole c:/v/hole && "
                  "zoomin exec c stat -c '%s %b' /v/hole") == "4294967296 0");
  // The container keeps its mounts.
  CHECK(contains(output_in(directory, "zoomin cp g c:/etc/hosts"),
                 "Device or resource busy"));
  CHECK(contains(output_of("zoomin exec c grep localhost /etc/hosts"), "localhost"));
  shell("zoomin rm -f c; zoomin volume rm v");
}

TEST_CASE("an archive of cp has hard links and attributes, and stores data once",
          "[final]") {
  run_box();
  const scratch directory;
  const std::string out = "zoomin cp c:/d - > a && mkdir -p x && tar -C x -xf a && ";
  CHECK(output_in(directory, out + "stat -c %h x/d/same && cat x/d/same") == "2\nf");
  // The bytes are cap_net_raw+ep as struct vfs_cap_data of version 2, capabilities(7).
  const std::string caps("\1\0\0\2\0\40\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
  write_file(directory / "p", "p");
  REQUIRE(::setxattr((directory / "p").c_str(), "security.capability", caps.data(),
                     caps.size(), 0) == 0);
  output_in(directory, "zoomin cp -a p c:/d/p");
  output_in(directory, out + "tar -C x --xattrs --xattrs-include='*' -xf a");
  std::string value(caps.size(), ' ');
  CHECK(::getxattr((directory / "x/d/p").c_str(), "security.capability", value.data(),
                   value.size()) == 20);
  CHECK(value == caps);
  // tar(1) prints no warning about UTF-8 names and attributes.
  output_in(directory,
            "rm -rf x; echo u > \"$(printf 'na\\303\\257ve')\"; zoomin cp na*ve c:/d");
  CHECK(output_in(directory, out + "cat x/d/na*ve") == "u");
  shell("zoomin rm -f c; zoomin volume rm v");
}

TEST_CASE("cp copies the content of a file whose size is wrong", "[final]") {
  run_box();
  const scratch directory;
  const std::string version = output_of("cat /proc/version");
  CHECK(output_in(directory, "zoomin cp c:/proc/version x && cat x") == version);
  CHECK(output_in(directory, "zoomin cp c:/proc/version - | tar -xO") == version);
  // Files of sysfs report the size of a page.
  const std::string page = "sys/kernel/mm/transparent_hugepage/enabled";
  CHECK(output_in(directory, "zoomin cp c:/" + page + " x && cmp x /" + page) == "");
  // The file has holes in the middle and at the end.
  CHECK(output_in(
            directory,
            "truncate -s 3M h && echo mid | dd of=h bs=1 seek=1M conv=notrunc 2>&1 "
            ">/dev/null | tail -n 0; zoomin cp h c:/v/h && zoomin cp c:/v/h b && "
            "cmp h b && stat -c %s b && test $(stat -c %b b) -lt 1000 && echo sparse") ==
        "3145728\nsparse");
  CHECK(output_in(directory,
                  "true > e && zoomin cp e c:/e && zoomin cp c:/e y && wc -c < y") ==
        "0");
  shell("zoomin rm -f c; zoomin volume rm v");
}

TEST_CASE("an archive changes no directory that it doesn't describe", "[final]") {
  run_box();
  const scratch directory;
  const auto look = [] {
    return output_of("zoomin exec c stat -c '%u:%g %a' /tmp /w /w/n");
  };
  shell("zoomin exec c sh -c 'mkdir -m 700 /w; chown 5:6 /w'");
  output_in(directory,
            "mkdir -p tmp w/n; echo x > tmp/x; echo y > w/n/y; chmod 755 . tmp w w/n");
  output_in(directory, "tar -c tmp/x w/n/y | zoomin cp - c:/");
  CHECK(output_of("zoomin exec c cat /tmp/x /w/n/y") == "x\ny");
  CHECK(look() == "0:0 1777\n5:6 700\n0:0 755");
  output_in(directory, "tar -c tmp w --owner=3 --group=4 | zoomin cp - c:/");
  CHECK(look() == "3:4 755\n3:4 755\n3:4 755");
  shell("zoomin rm -f c; zoomin volume rm v");
}

TEST_CASE("cp of a running container leaves out kernel file systems", "[final]") {
  run_box();
  const scratch directory;
  CHECK(output_in(directory,
                  "zoomin cp c:/ all && ls all/proc all/sys && cat all/v/../d/same") ==
        "all/proc:\n\nall/sys:\nf");
  CHECK(output_in(directory,
                  "zoomin cp c:/. - | tar -t | grep -E '^(proc|sys)/.|^v/$'") == "v/");
  CHECK(output_in(directory, "zoomin cp c:/proc/1/status s && grep -c ^Name s") == "1");
  shell("zoomin rm -f c; zoomin volume rm v");
}

TEST_CASE("cp reports missing, blocking and read-only paths", "[final]") {
  run_box();
  const scratch directory;
  const std::string missing = "Could not find the file ";
  CHECK(contains(output_in(directory, "zoomin cp c:/no x"),
                 missing + "/no in container c"));
  CHECK(contains(output_in(directory, "zoomin cp c:/no - >x"),
                 missing + "/no in container c"));
  output_in(directory, "mkdir -p s/e/f; echo 1 > s/a");
  for (const char* to : {"c:/no/a", "c:/no/"})
    CHECK(contains(output_in(directory, fmt::format("zoomin cp s/a {}", to)),
                   missing + "/no"));
  CHECK(contains(output_in(directory, "tar -c s | zoomin cp - c:/no"), missing + "/no"));
  CHECK(contains(output_in(directory, "zoomin cp s/. c:/d"),
                 "cannot overwrite non-directory \"f\""));
  CHECK(contains(
      output_in(directory,
                "zoomin exec c mkdir /d/w; mkdir t; echo 1 > t/w; zoomin cp t/. c:/d"),
      "cannot overwrite directory \"w\""));
  shell("zoomin rm -f c");
  shell("zoomin run -d --name r --read-only -v v:/v bb sleep 1000");
  const auto check_read_only = [&] {
    const std::string message = "container rootfs is marked read-only";
    CHECK(contains(output_in(directory, "zoomin cp s/a r:/a"), message));
    CHECK(contains(output_in(directory, "zoomin cp s r:/etc"), message));
    CHECK(contains(output_in(directory, "tar -c s | zoomin cp - r:/etc"), message));
    CHECK(output_in(directory,
                    "zoomin cp s/a r:/v/a && tar -c s | zoomin cp - r:/v && "
                    "zoomin cp r:/v/s/a x && cat x") == "1");
  };
  check_read_only();
  shell("zoomin stop -t 0 r");
  check_read_only();
  shell("zoomin rm r; zoomin run -d --name r -v v:/v:ro bb sleep 1000");
  CHECK(contains(output_in(directory, "zoomin cp s/a r:/v/a"),
                 "mounted volume is marked read-only"));
  shell("zoomin stop -t 0 r");
  shell("zoomin rm r; zoomin volume rm v");
}

TEST_CASE("cp never replaces a device", "[final]") {
  run_box();
  const scratch directory;
  // The test makes its own device, since a failure would remove it.
  output_in(directory, "mknod null c 1 3; mkdir d; mknod d/f c 1 3; ln -s null link");
  for (const char* words : {"c:/d/e/f null", "c:/d/e/f link", "c:/d/e/f d", "c:/d/e/. d"})
    CHECK(contains(output_in(directory, fmt::format("zoomin cp {}", words)),
                   "got a device"));
  CHECK(output_in(directory, "stat -c %F null d/f") ==
        "character special file\ncharacter special file");
  CHECK(output_in(directory,
                  "zoomin cp null c:/null && zoomin cp null c:/null && "
                  "zoomin cp c:/null null && stat -c %F null") ==
        "character special file");
  shell("zoomin rm -f c; zoomin volume rm v");
}

TEST_CASE("a file that is removed during a copy is left out", "[final]") {
  import_busybox();
  shell(
      "zoomin run -d --name c bb sh -c 'mkdir /d; cd /d; echo stays > zz; while :; do "
      "for i in 1 2 3 4 5 6 7 8 9; do echo > f$i; mkdir -p x$i/y; ln -s l l$i; done; "
      "rm -r f* x* l*; done'; until zoomin exec c test -s /d/zz; do :; done");
  const scratch directory;
  for (int i = 0; i < 40; ++i)
    CHECK(output_in(directory, "zoomin cp c:/d d && cat d/zz; rm -r d") == "stays");
  // `diff` reads the writable layer at the same time, and always finds the file.
  for (int i = 0; i < 100; ++i)
    CHECK(output_in(directory, "zoomin diff c | grep -x 'A /d/zz'") == "A /d/zz");
  shell("zoomin rm -f c");
}

TEST_CASE("two cp commands can be piped together on the same container", "[final]") {
  run_box();
  const scratch directory;
  const std::string line =
      "zoomin cp c:/bin - | zoomin cp - c:/to && zoomin cp c:/to/bin/busybox x && "
      "test -s x && echo both";
  CHECK(output_in(directory, "zoomin exec c mkdir /to; " + line) == "both");
  shell("zoomin exec c rm -r /to/bin; zoomin stop -t 0 c");
  CHECK(output_in(directory, line) == "both");
  CHECK(
      output_in(directory, "for i in 1 2 3 4; do zoomin cp c:/bin $i & done; wait; ls") ==
      "1\n2\n3\n4\nx");
  // Every other command that needs the container waits as well.
  output_in(directory, "head -c 80m /dev/urandom > big; zoomin cp big c:/big");
  const auto while_copied = [&](const std::string& name, const std::string& command) {
    INFO(command);
    CHECK(output_in(directory,
                    fmt::format("true; zoomin cp {}:/big copy & sleep 0.03; zoomin {} "
                                ">/dev/null && wait $! && cmp big copy && echo whole",
                                name, command)) == "whole");
  };
  while_copied("c", "start c");
  shell("zoomin stop -t 0 c");
  while_copied("c", "rename c d");
  while_copied("d", "rm d");
  CHECK(output_in(directory, "zoomin cp - no:/ < /dev/zero | head -c 1000")
            .find("No such container") != std::string::npos);
  shell("zoomin volume rm v");
}

TEST_CASE("cp works on a paused container", "[final]") {
  run_box();
  const scratch directory;
  CHECK(output_in(directory,
                  "zoomin pause c && echo p > p && zoomin cp p c:/p && "
                  "zoomin cp c:/d/e/f x && cat x && zoomin unpause c && "
                  "zoomin exec c cat /p") == "c\nf\nc\np");
  shell("zoomin rm -f c; zoomin volume rm v");
}

TEST_CASE("a container that swaps directories for links can't redirect cp",
          "[final][ways-out]") {
  import_busybox();
  const scratch host;
  write_file(host / "secret", "secret\n");
  shell(
      fmt::format("zoomin run -d --name c bb sh -c 'mkdir -p /s/a /s/b; "
                  "echo own > /s/a/secret; ln -s {} /s/link; echo ready; cd /s; "
                  "while :; do mv a old; mv link a; mv a link; mv old a; done'",
                  host.path()));
  shell("until [ \"$(zoomin logs c)\" = ready ]; do :; done");
  const scratch directory;
  write_file(directory / "mine", "mine\n");
  int copied = 0;
  for (int i = 0; i < 150; ++i) {
    const auto seen = output_in(directory, "zoomin cp c:/s/a/secret out && cat out");
    CHECK(seen != "secret");
    if (seen == "own") ++copied;
    output_in(directory,
              "zoomin cp mine c:/s/a/mine; zoomin cp -L c:/s/a deep; rm -rf out deep");
  }
  CHECK(copied > 0);
  CHECK(output_of(fmt::format("ls {0}; cat {0}/secret", host.path())) ==
        "secret\nsecret");
  shell("zoomin rm -f c");
}

TEST_CASE("cp, exec and top run no program of the image on the host", "[ways-out]") {
  import_busybox("bb",
                 "for one in cp tar ps nsenter gzip xz; do "
                 "printf '#!/bin/sh\\necho ran >> /token\\n' > usr-$one; "
                 "chmod +x usr-$one; rm -f bin/$one; mv usr-$one bin/$one; done");
  shell("zoomin run -d --name c bb sleep 1000");
  const scratch directory;
  output_in(directory,
            "zoomin cp c:/bin bin; zoomin cp bin c:/b; zoomin top c; zoomin diff c");
  CHECK(contains(shell("zoomin exec c ls /token").errors, "No such file"));
  CHECK(fs::exists(directory / "bin/sh"));
  shell("zoomin rm -f c");
}

TEST_CASE("cp needs one container path and one host path", "[final]") {
  import_busybox();
  for (const char* words :
       {"a b", "c:/x c:/y", "c:/x", "", "a b c:/d", "c: a", "no:/x a"}) {
    INFO(words);
    const auto refused = shell(fmt::format("zoomin cp {}", words));
    CHECK(refused.status != 0);
    CHECK(lines_without_hints(refused.errors) == 1);
  }
}
