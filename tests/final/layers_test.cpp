// SPDX-License-Identifier: MIT
// Layers: the files that a stack of layers shows, in a container and after save and load.
#include <fmt/format.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "common/paths.hpp"
#include "final/archives.hpp"
#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;

namespace {

const std::string empty_layer = tar({});

// Creates an image "box" of busybox with these layers above it.
layout stacked(const std::vector<std::string>& layers) {
  import_busybox();
  image_recipe recipe{{bottom_layer("bb")}};
  recipe.layers.insert(recipe.layers.end(), layers.begin(), layers.end());
  return make_layout(recipe);
}

// Returns the output of a line of sh(1) in a new container of "box".
std::string in_box(const std::string& line) {
  return output_of(fmt::format("zoomin run --rm box sh -c '{}' 2>&1", line));
}

// Checks the image twice: as it was loaded, and after it was saved and loaded again.
void check_image(const layout& image, const std::string& line,
                 const std::string& expected) {
  CHECK(load_text(packed(image)) == "Loaded image: box:latest\n");
  CHECK(in_box(line) == expected);
  const scratch files;
  const std::string archive = files / "box.tar";
  REQUIRE(shell(fmt::format("zoomin save -o {0} box && zoomin rmi box && "
                            "zoomin load -i {0}",
                            archive))
              .status == 0);
  CHECK(in_box(line) == expected);
}

}  // namespace

TEST_CASE("an image may name an empty layer twice", "[layers]") {
  const auto image = stacked({empty_layer, tar({{"k", "content\n"}}), empty_layer});
  check_image(image, "cat /k", "content");
  const scratch files;
  CHECK(output_of(fmt::format("cd {} && zoomin create --name c box true >/dev/null && "
                              "zoomin cp c:/k x && cat x",
                              files.path())) == "content");
  CHECK(output_of("zoomin run --name d box sh -c 'rm /k; echo > /n'; zoomin diff d") ==
        "D /k\nA /n");
  CHECK(output_of("zoomin history box | sed 1d | wc -l") == "4");
  CHECK(output_of("zoomin image inspect -f '{{len .RootFS.Layers}}' box") == "4");
  shell("zoomin rm c d");
}

TEST_CASE("a layer that is used twice shows its files at the upper position",
          "[layers]") {
  const std::string both =
      tar({{"f", "1\n"}, {"d", "", '5'}, {"d/x", "x\n"}, {"g", "", '5'}, {"g/a", ""}});
  const std::string between = tar({{".wh.f"},
                                   {"d", "", '5'},
                                   {"d/.wh..wh..opq"},
                                   {"d/y", "y\n"},
                                   {".wh.g"},
                                   {"k", "k\n"}});
  check_image(stacked({both, between, both}), "cat /f; ls /d /g; cat /k",
              "1\n/d:\nx\ny\n\n/g:\na\nk");
}

TEST_CASE("a layer that is used twice hides files at the upper position", "[layers]") {
  const std::string hides = tar({{".wh.k"}, {"d", "", '5'}, {"d/.wh..wh..opq"}});
  const std::string shows = tar({{"k", "k\n"}, {"d", "", '5'}, {"d/x", ""}});
  check_image(stacked({hides, shows, hides}), "ls -d /k /d/x; ls /d",
              "ls: /k: No such file or directory\n"
              "ls: /d/x: No such file or directory");
}

TEST_CASE("a hard link keeps its content when an upper layer replaces the other name",
          "[layers]") {
  check_image(stacked({tar({{"t1", "123"}, {"t2", "t1", '1'}, {"t3", "t1", '1'}}),
                       tar({{"t1", "456"}})}),
              "cat /t1; echo; cat /t2; echo; cat /t3; stat -c \" %h\" /t3",
              "456\n123\n123 3");
}

TEST_CASE("an image may have Docker's number of layers, but not more than mount allows",
          "[layers]") {
  std::vector<std::string> layers;
  for (int i = 1; i < 127; ++i)
    layers.push_back(i % 9 == 0 ? empty_layer : tar({{fmt::format("f{}", i), "x"}}));
  load_text(packed(stacked(layers)));
  CHECK(in_box("ls / | grep -c ^f") == "112");
  for (int i = 127; i < 260; ++i) layers.push_back(tar({{fmt::format("f{}", i), "x"}}));
  const scratch files;
  write_file(files / "a.tar", packed(stacked(layers)));
  const auto refused = shell("zoomin load -i " + (files / "a.tar"));
  CHECK(refused.status == 1);
  CHECK(contains(refused.errors, "the image has 260 layers: at most 200"));
}

TEST_CASE("files of all types are extracted from a layer unchanged", "[layers]") {
  ::setenv("TAR_OPTIONS", "--format=pax", 1);  // GNU's own form has whole seconds alone
  import_busybox("bb", R"sh(
    printf old > "$(printf 'caf\351')"; ln "$(printf 'caf\351')" "$(printf 'l\351')"
    long=$(printf 'n%.0s' $(seq 120)); mkdir -p $long/$long; echo deep > $long/$long/f
    ln -s /$long/$long/f soft; ln $long/$long/f hard; echo x > "$(printf 'two\nlines')"
    echo s > set; chown 5:4000000000 set; chmod 6755 set; mkfifo fifo; echo > set2
    touch -d '2001-02-03 04:05:06.123456789' set; touch -d '1969-01-01' set2
    truncate -s 64M sparse; echo end >> sparse
    chmod 1777 $long; mknod dev7 c 7 9)sh");
  const std::string line =
      "cat /caf* /l?; cat /soft /hard; stat -c \"%h\" /hard /l?; "
      "stat -c \"%u:%g %a\" /set /n*; stat -c %y /set; stat -c %Y /set2; "
      "stat -c %F-%t-%T /fifo /dev7; stat -c %s /sparse; tail -c 4 /sparse; ls | grep "
      "lines";
  const std::string expected =
      "oldolddeep\ndeep\n2\n2\n5:4000000000 6755\n0:0 1777\n"
      "2001-02-03 04:05:06.123456789 +0000\n-31536000\nfifo-0-0\n"
      "character special file-7-9\n67108868\nend\ntwo?lines";
  shell("zoomin tag bb box");
  CHECK(in_box(line) == expected);
  const scratch files;
  REQUIRE(shell(fmt::format("cd {} && zoomin save -o a.tar box && zoomin rmi box bb && "
                            "zoomin load -i a.tar",
                            files.path()))
              .status == 0);
  CHECK(in_box(line) == expected);
  // The files are also copied out of a container, to a directory and as a stream.
  CHECK(
      output_of(fmt::format("cd {} && zoomin create --name c box true >&2; "
                            "zoomin cp -a c:/set . && stat -c '%u:%g %a %y' set; "
                            "zoomin cp c:/sparse . && test $(stat -c %b sparse) -lt 100; "
                            "zoomin cp c:/soft - | tar -tv | grep -c ' -> /nnn'; echo $?",
                            files.path())) ==
      "5:4000000000 6755 2001-02-03 04:05:06.123456789 +0000\n1\n0");
  shell("zoomin rm c");
}

// Extraction doesn't set what open(2) has already set: the owner and mode of a file that
// is like the file before it.
TEST_CASE("owners and modes of extracted files depend on the archive alone", "[layers]") {
  const scratch files;
  const auto made = shell(fmt::format(R"sh(
    cd {}; mkdir -p root/sub root/acl; cd root
    for d in . sub acl; do for f in 1 2 3 4 5 6; do echo $f > $d/f$f; done; done
    chgrp 50 sub; chmod 2775 sub
    chown 7:8 f3 sub/f3; chmod 600 f4 sub/f4; chmod 4755 f5 sub/f5; chmod 666 f6 sub/f6
    python3 -c 'import os
    acl = "0200000001000700ffffffff04000700ffffffff20000000ffffffff"
    os.setxattr("acl", "system.posix_acl_default", bytes.fromhex(acl))' 2>&1
    tar --xattrs --xattrs-include='*' --format=pax --sort=name -cf ../a.tar . f1)sh",
                                      files.path()));
  INFO(made.output << made.errors);
  REQUIRE(made.status == 0);
  const std::string line = "stat -c '%n %u:%g %a' $(find . -name 'f?' | sort)";
  REQUIRE(shell(fmt::format("cd {} && umask 077 && zoomin import a.tar box >/dev/null",
                            files.path()))
              .status == 0);
  CHECK(output_of(
            fmt::format("cd {}/layers/*/tree && {}", zoomin::root_directory(), line)) ==
        output_of(fmt::format("cd {}/root && {}", files.path(), line)));
  CHECK(output_of(fmt::format("cd {}/layers/*/tree && stat -c '%g %a' sub",
                              zoomin::root_directory())) == "50 2775");
}

TEST_CASE("an index may contain an index, from which this machine's image is taken",
          "[layers]") {
  auto image = stacked({tar({{"k", "ours\n"}})});
  const auto described = [](const std::string& digest, std::size_t size,
                            const std::string& more) {
    return fmt::format(R"({{"digest":"sha256:{}","size":{},{}}})", digest, size, more);
  };
  const auto platform = [](const std::string& os, const std::string& machine) {
    return fmt::format(R"("platform":{{"os":"{}","architecture":"{}"}})", os, machine);
  };
  const std::string type = R"("mediaType":"application/vnd.oci.image.index.v1+json")";
  const std::string inner = fmt::format(
      R"({{"schemaVersion":2,{},"manifests":[{},{},{}]}})", type,
      described(std::string(64, '1'), 700, platform("linux", "s390x")),
      described(image.manifest, image.files.at("blobs/sha256/" + image.manifest).size(),
                platform("linux", architecture())),
      described(std::string(64, '2'), 800, platform("unknown", "unknown")));
  image.files["blobs/sha256/" + sha256(inner)] = inner;
  image.files["index.json"] = fmt::format(
      R"({{"schemaVersion":2,"manifests":[{}]}})",
      described(
          sha256(inner), inner.size(),
          type + R"(,"annotations":{"org.opencontainers.image.ref.name":"box:3"})"));
  CHECK(load_text(packed(image)) == "Loaded image: box:3\n");
  CHECK(output_of("zoomin run --rm box:3 cat /k") == "ours");
  CHECK(output_of("zoomin images | sed 1d | wc -l") == "2");
}

// podman can't write a layer again that has entries of a sparse format.
TEST_CASE("only files with large holes are written as sparse files", "[layers]") {
  const scratch files;
  write_file(files / "Dockerfile", "FROM scratch\nCOPY file /\n");
  const auto layer_bytes = [&](const std::string& size) {
    const auto built = shell(fmt::format(
        "cd {} && truncate -s {} file && zoomin build -q -t new .", files.path(), size));
    INFO(built.errors);
    CHECK(built.status == 0);
    write_file(files / "layer.gz", bottom_layer("new"));
    return std::stoi(
        output_of(fmt::format("gzip -dc {}/layer.gz | wc -c", files.path())));
  };
  CHECK(layer_bytes("3M") > 3'000'000);
  CHECK(layer_bytes("40M") < 1'000'000);
  shell("zoomin rmi -f $(zoomin images -aq); zoomin builder prune -af");
}
