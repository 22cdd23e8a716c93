// SPDX-License-Identifier: MIT
// volumes and other mounts: lifetime, ownership, and what is refused.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "common/paths.hpp"
#include "final/archives.hpp"
#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;
namespace fs = std::filesystem;

TEST_CASE("a volume outlives its containers", "[final]") {
  import_busybox();
  CHECK(output_of("zoomin volume create data") == "data");
  CHECK(output_of("zoomin run --rm -v data:/d bb sh -c 'echo kept > /d/file'").empty());
  CHECK(output_of("zoomin run --rm -v data:/elsewhere:ro bb cat /elsewhere/file") ==
        "kept");
  CHECK(contains(shell("zoomin run --rm -v data:/d:ro bb touch /d/x").errors,
                 "Read-only file system"));
  const auto path = output_of("zoomin volume inspect -f '{{.Mountpoint}}' data");
  CHECK(output_of("cat " + path + "/file") == "kept");
  CHECK(output_of("zoomin volume rm data") == "data");
  CHECK_FALSE(fs::exists(path));
  CHECK(shell("zoomin volume inspect data").status == 1);
}

TEST_CASE("a new volume gets a copy of the image's files, once", "[final]") {
  import_busybox("bb",
                 "mkdir -p srv/sub; echo first > srv/sub/file; chown 7:8 srv; "
                 "chmod 1770 srv; ln -s sub/file srv/link; ln srv/sub/file srv/same");
  const std::string look =
      "sh -c 'stat -c \"%u:%g %a\" /srv; cat /srv/link; stat -c %h /srv/same'";
  CHECK(output_of("zoomin run --rm -v new:/srv bb " + look) == "7:8 1770\nfirst\n2");
  shell("zoomin run --rm -v new:/srv bb rm -r /srv/sub");
  CHECK(output_of("zoomin run --rm -v new:/srv bb ls /srv") == "link\nsame");
  CHECK(output_of("zoomin run --rm -v empty:/srv:nocopy bb ls /srv").empty());
  CHECK(output_of(
            "zoomin run --rm --mount source=other,target=/srv,volume-nocopy bb ls /srv")
            .empty());
  // A volume whose filling was interrupted is filled anew.
  const auto path = output_of("zoomin volume inspect -f '{{.Mountpoint}}' new");
  const std::ofstream filling(fs::path(path).parent_path() / "filling");
  CHECK(contains(output_of("zoomin run --rm -v new:/srv bb ls /srv"), "sub"));
  shell("zoomin volume prune --all --force");
}

TEST_CASE("anonymous volumes are removed with their container", "[final]") {
  import_busybox();
  const auto count = [] { return output_of("zoomin volume ls -q | wc -l"); };
  shell("zoomin run --rm -v /d bb true");
  CHECK(count() == "0");
  shell(
      "zoomin create --name one -v /d -v named:/n bb sh -c 'echo x >> /d/f; wc -l /d/f'");
  CHECK(count() == "2");
  CHECK(contains(output_of("zoomin start -a one"), "1 /d/f"));
  CHECK(contains(output_of("zoomin start -a one"), "2 /d/f"));
  CHECK(
      contains(output_of("zoomin run --rm --volumes-from one bb wc -l /d/f"), "2 /d/f"));
  const auto used = shell("zoomin volume rm named");
  CHECK(used.status == 1);
  CHECK(contains(used.errors, "is in use"));
  CHECK(output_of("zoomin rm -v one") == "one");
  CHECK(output_of("zoomin volume ls -q") == "named");
  // Without -v they are kept, and prune finds them.
  shell("zoomin create --name two -v /d bb true");
  shell("zoomin rm two");
  CHECK(count() == "2");
  CHECK(contains(output_of("zoomin volume prune --force"), "Deleted Volumes:"));
  CHECK(output_of("zoomin volume ls -q --filter dangling=true") == "named");
  CHECK(output_of("zoomin volume rm named") == "named");
}

TEST_CASE("a container that can't be created leaves no volume", "[final]") {
  import_busybox();
  shell("zoomin create --name taken bb true");
  CHECK(shell("zoomin create --name taken -v brandnew:/d -v /x bb true").status == 125);
  CHECK(output_of("zoomin volume ls -q").empty());
  shell("zoomin rm taken");
}

TEST_CASE("a damaged volume hides no other, and can be removed", "[final]") {
  import_busybox();
  output_of("zoomin volume create fine; zoomin volume create bad");
  const auto file = zoomin::root_directory() + "/volumes/bad/volume.json";
  for (const char* content : {"", "{", "[]", R"({"Name":"bad","Labels":7})"}) {
    INFO(content);
    write_file(file, content);
    const auto listed = shell("zoomin volume ls -q");
    CHECK(listed.status == 0);
    CHECK(listed.output == "fine\n");
    CHECK(contains(listed.errors, "volume bad"));
    CHECK(contains(shell("zoomin inspect fine").output, "/volumes/fine/data"));
    CHECK(contains(shell("zoomin volume inspect bad").errors, "volume bad: "));
  }
  CHECK(output_of("zoomin volume rm -f bad nosuch fine") == "bad\nfine");
  CHECK(shell("zoomin volume rm nosuch").status == 1);
  CHECK(output_of("zoomin volume ls -q").empty());
}

TEST_CASE("containers that create the same volume at once share it", "[final]") {
  import_busybox("bb", "mkdir -p srv; echo first > srv/file");
  const auto result = shell(
      "for i in $(seq 12); do for j in 1 2 3 4; do "
      "zoomin run --rm -v new$i:/srv bb cat /srv/file & done; wait; done",
      120);
  CHECK(result.errors.empty());
  CHECK(output_of("echo '" + result.output + "' | grep -c first") == "48");
  CHECK(output_of("zoomin volume ls -q | wc -l") == "12");
  CHECK(output_of(
            "for i in $(seq 20); do zoomin volume create same & done | sort | uniq -c | "
            "tr -s ' '; wait") == " 20 same");
  output_of("zoomin volume prune -af");
}

TEST_CASE("a killed volume rm leaves nothing that a later volume contains", "[final]") {
  import_busybox();
  const std::string result = zoomin::root_directory() + "/volumes";
  int gone = 0;
  for (int milliseconds = 0; milliseconds < 20; ++milliseconds) {
    output_of("zoomin volume create v; cd " + result + "/v/data; touch $(seq 3000)");
    shell(fmt::format("timeout -s KILL 0.{:03} zoomin volume rm v", milliseconds));
    if (output_of("zoomin volume ls -q") == "v") continue;
    ++gone;
    const auto seen = output_of("zoomin run --rm -v v:/v bb ls /v | wc -l");
    CHECK(seen == "0");
  }
  CHECK(gone > 0);
  // Leftovers of a volume that an older version was removing when it was killed.
  output_of("zoomin volume rm v; mkdir -p " + result + "/v/data; touch " + result +
            "/v/data/old");
  CHECK(output_of("zoomin volume ls -q").empty());
  CHECK(output_of("zoomin run --rm -v v:/v bb ls /v").empty());
  output_of("zoomin volume prune -af");
  CHECK(output_of("ls -A " + result) == ".making.lock");
}

TEST_CASE("an image's volumes become anonymous volumes", "[final]") {
  import_busybox();
  image_recipe recipe{
      {bottom_layer("bb"), tar({{"app/", "", '5', 0750}, {"app/seed", "s"}})}, "app"};
  recipe.configuration = R"("Volumes":{"/app":{}},"ExposedPorts":{"80/tcp":{}},)";
  load_text(packed(make_layout(recipe)));
  shell("zoomin create --name one app sh -c 'echo x >> /app/f; wc -l < /app/f'");
  CHECK(output_of("zoomin volume ls -q | wc -l") == "1");
  CHECK(output_of("zoomin inspect -f '{{(index .Mounts 0).Type}} {{(index .Mounts "
                  "0).Destination}}"
                  "' one") == "volume /app");
  CHECK(output_of("zoomin start -a one") == "1");
  CHECK(output_of("zoomin start -a one") == "2");
  CHECK(output_of("zoomin diff one").empty());
  CHECK(output_of("zoomin run --rm --volumes-from one app cat /app/seed") == "s");
  CHECK(output_of("zoomin run --rm -v mine:/app app stat -c %a /app") == "750");
  shell("zoomin rm -v one");
  CHECK(output_of("zoomin volume ls -q") == "mine");
  // Exposed ports are published by -P.
  shell("zoomin run -d --name web -P app sleep 60");
  CHECK(contains(output_of("zoomin port web 80"), "0.0.0.0:"));
  shell("zoomin rm -fv web; zoomin volume rm mine; zoomin rmi app");
}

TEST_CASE("tmpfs mounts, and what can't be mounted", "[final]") {
  import_busybox();
  CHECK(contains(output_of("zoomin run --rm --tmpfs /t:size=1m,exec bb grep ' /t ' "
                           "/proc/mounts"),
                 "rw,nosuid,nodev,relatime,size=1024k"));
  CHECK(contains(output_of("zoomin run --rm --tmpfs /t bb grep ' /t ' /proc/mounts"),
                 "nosuid,nodev,noexec"));
  CHECK(contains(output_of("zoomin run --rm --mount type=tmpfs,target=/t,tmpfs-size=2m,"
                           "tmpfs-mode=700 bb sh -c 'df -k /t | tail -1; stat -c %a /t'"),
                 "2048"));
  CHECK(contains(output_of("zoomin run --rm --shm-size 4m bb df -k /dev/shm"), "4096"));
  for (const auto* wrong :
       {"-v relative/path:/d", "-v data:", "-v :/d", "-v data:/", "-v data:/d:y",
        "-v data:d", "-v /tmp:/proc/x", "--mount target=/d,source=..",
        "--mount type=bind,source=/nosuch,target=/d", "--mount type=npipe,target=/d",
        "--mount type=tmpfs,target=/d,nonsense=1", "--tmpfs d", "--tmpfs /d:size",
        "--shm-size 0", "--shm-size -1", "--shm-size 12x", "-v a:/d -v b:/d"}) {
    INFO(wrong);
    const auto refused = shell(fmt::format("zoomin run --rm {} bb true", wrong));
    CHECK(refused.status == 125);
    CHECK(lines_without_hints(refused.errors) == 1);
  }
  CHECK(output_of("zoomin ps -aq; zoomin volume ls -q").empty());
}
