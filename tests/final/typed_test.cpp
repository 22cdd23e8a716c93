// SPDX-License-Identifier: MIT
// Flags that Docker's users type daily, and settings of images made for Docker. They have
// the same effect as with Docker.
#include <fmt/format.h>

#include <array>

#include "final/archives.hpp"
#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;

namespace {

// Loads an image of busybox with more members in its configuration, each with a ','.
void load_with(const std::string& name, const std::string& configuration) {
  const scratch files;
  image_recipe recipe{{bottom_layer("bb")}};
  recipe.name = name;
  recipe.command = "sh";
  recipe.configuration = configuration;
  write_file(files / "image.tar", packed(make_layout(recipe)));
  const auto loaded = shell("zoomin load -i " + (files / "image.tar"));
  INFO(loaded.errors);
  REQUIRE(loaded.status == 0);
}

}  // namespace

TEST_CASE("flags that mean no limit are accepted", "[habits]") {
  import_busybox();
  CHECK(
      output_of("zoomin run --rm -q --pids-limit 0 bb sh -c 'cat /sys/fs/cgroup/pids.max "
                "/sys/fs/cgroup/pids/pids.max 2>/dev/null'") == "max");
  CHECK(output_of("zoomin run --rm --dns-opt ndots:3 --dns-option rotate bb grep options "
                  "/etc/resolv.conf") == "options rotate ndots:3");
  CHECK(
      output_of("zoomin run -d --name c --restart on-failure:0 bb sh -c 'echo one; echo "
                "two' | wc -c") == "65");
  output_of("zoomin wait c");
  CHECK(output_of("zoomin logs --tail -1 c") == "one\ntwo");
  CHECK(output_of("zoomin logs --tail 1 c") == "two");
  CHECK(shell("zoomin logs --tail x c").status == 125);
  CHECK(output_of("zoomin inspect -f '{{.HostConfig.RestartPolicy.Name}} "
                  "{{.HostConfig.RestartPolicy.MaximumRetryCount}}' c") ==
        "on-failure 0");
  output_of("zoomin rm c");
}

TEST_CASE("inspect --size shows what a container has written", "[habits]") {
  import_busybox();
  output_of("zoomin run --name c bb sh -c 'head -c 100000 /dev/zero > /f'");
  CHECK(std::stol(output_of("zoomin inspect -s -f '{{.SizeRw}}' c")) >= 100'000);
  CHECK(std::stol(output_of("zoomin container inspect -s -f '{{.SizeRootFs}}' c")) >
        100'000);
  CHECK(!contains(output_of("zoomin inspect c"), "SizeRw"));
  CHECK(!contains(output_of("zoomin inspect -s bb"), "SizeRw"));
  output_of("zoomin rm c");
}

TEST_CASE("inspect shows the format and the path of a log", "[habits]") {
  import_busybox();
  for (const char* driver : {"", "--log-driver json-file", "--log-driver local"}) {
    INFO(driver);
    output_of(fmt::format("zoomin run --name c {} bb echo hello", driver));
    CHECK(output_of("zoomin inspect -f '{{.HostConfig.LogConfig.Type}}' c") == "local");
    CHECK(contains(output_of("cat $(zoomin inspect -f '{{.LogPath}}' c)"), "hello"));
    output_of("zoomin rm c");
  }
  CHECK(output_of("zoomin info -f '{{.LoggingDriver}}'") == "local");
}

TEST_CASE("export writes the container's files without mounts", "[habits]") {
  import_busybox();
  const scratch directory;
  output_of("zoomin volume create data");
  output_of(
      "zoomin run -d --name c -v data:/data bb sh -c 'echo in > /data/f; echo own > "
      "/own; chown 5:6 /own; rm /bin/wc; sleep 60'");
  output_of("until zoomin exec c test ! -e /bin/wc; do :; done");
  const std::string list = output_of("zoomin export c | tar tvf -");
  CHECK(contains(list, "5/6"));
  CHECK(contains(list, " bin/busybox"));
  CHECK(!contains(list, "bin/wc"));
  CHECK(!contains(list, "data/f"));
  CHECK(!contains(list, " proc/self"));
  output_of("zoomin stop -t 0 c; zoomin export -o " + (directory / "c.tar") + " c");
  CHECK(output_of("tar xOf " + (directory / "c.tar") + " own") == "own");
  CHECK(output_of("zoomin import " + (directory / "c.tar") +
                  " copy > /dev/null; zoomin run --rm copy cat /own") == "own");
  CHECK(shell("zoomin export nosuch > /dev/null").status == 1);
  CHECK(output_of("ls " + directory.path()) == "c.tar");
  output_of("zoomin rm c; zoomin volume rm data; zoomin rmi copy");
}

TEST_CASE("run --link adds a name for a running container", "[habits]") {
  import_busybox();
  output_of("zoomin run -d --name db bb sleep 60");
  const std::string address =
      output_of("zoomin inspect -f '{{.NetworkSettings.IPAddress}}' db");
  CHECK(output_of("zoomin run --rm --link db:store --link db bb grep -c ^" + address +
                  " /etc/hosts") == "2");
  CHECK(contains(output_of("zoomin run --rm --link db:store bb grep store /etc/hosts"),
                 address + "\tstore "));
  CHECK(contains(shell("zoomin run --rm --link nosuch bb true").errors,
                 "No such container: nosuch"));
  CHECK(shell("zoomin run --rm --network none --link db bb true").status == 125);
  CHECK(shell("zoomin run --rm --link db: bb true").status == 125);
  output_of("zoomin create --name web --link db:store bb true; zoomin stop -t 0 db");
  const auto refused = shell("zoomin start web");
  CHECK(refused.status == 1);
  CHECK(contains(refused.errors, "Cannot link to a non running container: db AS store"));
  output_of("zoomin start db; zoomin start -a web");
  output_of("zoomin rm -f db web");
}

TEST_CASE("files edited on Windows are read correctly", "[habits]") {
  import_busybox();
  const scratch files;
  write_file(files / "env",
             "\xef\xbb\xbf"
             "A=1\r\n\r\n# none\r\nB=two words\r\n\tC=3\r\n");
  CHECK(output_of("zoomin run --rm --env-file " + (files / "env") +
                  " bb sh -c 'printf \"%s|%s|%s|\" \"$A\" \"$B\" \"$C\"'") ==
        "1|two words|3|");
  output_of("zoomin create --name c --label-file " + (files / "env") + " bb");
  CHECK(output_of("zoomin inspect -f '{{.Config.Labels.B}}|{{.Config.Labels.A}}' c") ==
        "two words|1");
  output_of("zoomin rm c");
  for (const auto& [content, words] :
       {std::pair<std::string, const char*>("A=1\r\nNO NAME=2\r\n",
                                            "line 2: variable \"NO NAME\" contains"),
        {"=1\n", "line 1: no variable name"},
        {std::string("A=\0\n", 4), "zero byte"},
        {std::string("\xff\xfe"
                     "A\0=\0"
                     "1\0",
                     8),
         "zero byte"}}) {
    INFO(words);
    write_file(files / "bad", content);
    for (const char* flag : {"--env-file", "--label-file"}) {
      const auto refused =
          shell(fmt::format("zoomin run --rm {} {} bb true", flag, files / "bad"));
      CHECK(refused.status == 125);
      CHECK(contains(refused.errors, words));
    }
  }
  CHECK(contains(shell("zoomin run --rm --env-file " + files.path() + " bb true").errors,
                 "Is a directory"));
  CHECK(output_of("zoomin ps -aq").empty());
}

TEST_CASE("real-time signals have names and numbers", "[habits]") {
  import_busybox();
  load_with("systemd", R"("StopSignal": "SIGRTMIN+3",)");
  const std::string trap =
      " sh -c 'trap \"exit 9\" 37; echo up; while :; do sleep 0.1; done'";
  const auto begin = [&](const std::string& flags) {
    output_of("zoomin run -d --name c " + flags + trap);
    output_of("until zoomin logs c | grep -q up; do :; done");
  };
  const auto end = [] {
    const auto status = output_of("zoomin wait c");
    output_of("zoomin rm c");
    return status;
  };
  begin("systemd");
  output_of("zoomin stop c");
  CHECK(end() == "9");
  begin("--stop-signal RTMAX-27 bb");
  output_of("zoomin stop c");
  CHECK(end() == "9");
  for (const char* name : {"SIGRTMIN+3", "rtmin+3", "RTMAX-27", "37"}) {
    INFO(name);
    begin("bb");
    output_of(fmt::format("zoomin kill -s {} c", name));
    CHECK(end() == "9");
  }
  for (const char* name : {"RTMIN-1", "RTMAX+1", "RTMIN+99", "RTMIN+", "RTMINX", "99"}) {
    INFO(name);
    CHECK(shell(fmt::format("zoomin run --rm --stop-signal {} bb true", name)).status ==
          125);
  }
  output_of("zoomin rmi systemd");
}

TEST_CASE("an image's ENTRYPOINT can be removed, or be a string", "[habits]") {
  import_busybox();
  load_with("none", R"("Entrypoint": [""],)");
  CHECK(output_of("zoomin run --rm none echo x") == "x");
  CHECK(output_of("zoomin run --rm none; echo $?") == "0");
  CHECK(output_of("zoomin run --rm --entrypoint '' none echo x") == "x");
  load_with("old", R"("Entrypoint": "echo",)");
  CHECK(output_of("zoomin run --rm old x") == "x");
  CHECK(output_of("zoomin run --rm --entrypoint '' old echo y") == "y");
  output_of("zoomin rmi none old");
}

TEST_CASE("an image's USER may have an empty group", "[habits]") {
  import_busybox();
  load_with("trailing", R"("User": "me:",)");
  CHECK(output_of("zoomin run --rm trailing id -u") == "1000");
  CHECK(output_of("zoomin run --rm trailing id -g") == "1000");
  CHECK(shell("zoomin run --rm -u me: bb true").status == 125);
  output_of("zoomin rmi trailing");
}

TEST_CASE("an image is found by its own digest", "[habits]") {
  import_busybox();
  output_of("zoomin tag bb host:5000/team/bb:1");
  for (const char* name : {"bb", "host:5000/team/bb"}) {
    INFO(name);
    const auto digest = output_of(fmt::format(
        "zoomin image inspect -f '{{{{json .RepoDigests}}}}' bb | tr -d '[]\"' | tr , "
        "'\\n' | grep '^{}@'",
        name));
    REQUIRE(digest.starts_with(std::string(name) + "@sha256:"));
    CHECK(output_of("zoomin run --rm " + digest + " echo x") == "x");
    CHECK(output_of("zoomin images -q " + digest + " | wc -l") == "1");
    const auto other = "other" + digest.substr(digest.find('@'));
    CHECK(contains(shell("zoomin run --pull never --rm " + other + " true").errors,
                   "No such image: " + other));
  }
  const auto digest = output_of("zoomin images --digests --format '{{.Digest}}' bb");
  CHECK(output_of("zoomin run --rm bb:latest@" + digest + " echo y") == "y");
  output_of("zoomin rmi host:5000/team/bb@" + digest);
  CHECK(output_of("zoomin images --format '{{.Repository}}' | grep -c team") == "0");
  CHECK(shell("zoomin run --rm BB@" + digest + " true").status == 125);
}

TEST_CASE("events contain labels and can be filtered by them", "[habits]") {
  import_busybox();
  output_of(
      "zoomin run --rm --label tier=db --label name=no bb true; zoomin run --rm bb "
      "true");
  const std::string events = "zoomin events --since 1h --until 0s ";
  CHECK(output_of(events + "-f label=tier --format '{{.Action}}'") ==
        "create\nstart\ndie\ndestroy");
  CHECK(output_of(events + "-f label=tier=db -f event=die --format "
                           "'{{.Actor.Attributes.tier}}'") == "db");
  CHECK(output_of(events + "-f label=tier=web").empty());
  CHECK(contains(output_of(events + "-f label=tier -f event=start"), "tier=db"));
  CHECK(!contains(output_of(events + "-f label=tier -f event=start"), "name=no"));
}

TEST_CASE("events end at the second of --until", "[habits]") {
  const std::string wait =
      "until=$(($(date +%s) + 2)); zoomin events --until $until; now=$(date +%s%N); "
      "echo $(((now - until * 1000000000) / 1000000))";
  const int late_ms = std::stoi(output_of(wait));
  CHECK(late_ms >= 0);
  CHECK(late_ms <= 700);
}
