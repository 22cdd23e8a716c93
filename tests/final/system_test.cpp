// SPDX-License-Identifier: MIT
// system df, info and version.
#include <fmt/format.h>

#include <sstream>
#include <string>

#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;

TEST_CASE("system df counts shared layers once", "[final]") {
  import_busybox();
  const auto row = [](const std::string& type) {
    return output_of(
        "zoomin system df --format '{{.Type}} {{.TotalCount}} {{.Active}} {{.Size}} "
        "{{.Reclaimable}}' | grep '^" +
        type + "'");
  };
  CHECK(row("Containers") == "Containers 0 0 0B 0B");
  CHECK(row("Local") == "Local Volumes 0 0 0B 0B");
  const std::string size = output_of("zoomin images --format '{{.Size}}'");
  CHECK(row("Images") == fmt::format("Images 1 0 {0} {0} (100%)", size));

  // A file with two names counts once.
  output_of(
      "zoomin run --name ended -v kept:/data bb sh -c "
      "'head -c 2000000 /dev/zero > /data/a; ln /data/a /data/b; "
      "head -c 1000000 /dev/zero > /c'");
  output_of(
      "zoomin run -d --name runs bb sh -c 'head -c 500000 /dev/zero > /d; sleep 60'");
  output_of(
      "until [ \"$(zoomin exec runs stat -c %s /d 2>&1)\" = 500000 ]; do :; done; "
      "zoomin tag bb other");
  CHECK(row("Images") == fmt::format("Images 1 1 {0} 0B (0%)", size));
  CHECK(row("Containers") == "Containers 2 1 1.5MB 1MB (66%)");
  CHECK(row("Local") == "Local Volumes 1 1 2MB 0B (0%)");
  CHECK(output_of("zoomin ps -a -s --filter name=ended --format '{{.Size}}'")
            .starts_with("1MB (virtual "));
  CHECK(contains(output_of("zoomin ps --size"), "NAMES     SIZE\n"));
  CHECK(output_of("zoomin ps -q --size | wc -l") == "1");
  output_of("zoomin rm -f ended runs");
  CHECK(row("Local") == "Local Volumes 1 0 2MB 2MB (100%)");
  output_of("zoomin volume rm kept; zoomin rmi other");
  CHECK(shell("zoomin system df now").status == 1);
}

TEST_CASE("system df -v lists each image, container and volume", "[final]") {
  import_busybox();
  const scratch directory;
  output_of(
      fmt::format("cd {}; head -c 3000000 /dev/zero > file; tar cf t.tar file; "
                  "zoomin import t.tar one; zoomin import -c 'LABEL a=b' t.tar two",
                  directory.path()));
  output_of("zoomin create --name c -v kept:/data -v kept:/more bb true");
  // Compares the last words of the line.
  const auto last = [](int words, const std::string& text) {
    return output_of(
        fmt::format("zoomin system df -v | grep '^{}' | tr -s ' ' | rev | "
                    "cut -d' ' -f 1-{} | rev",
                    text, words));
  };
  CHECK(last(4, "one ") == "3MB 3MB 0B 0");
  CHECK(last(4, "two ") == "3MB 3MB 0B 0");
  const std::string size = output_of("zoomin images --format '{{.Size}}' bb");
  CHECK(last(4, "bb ") == fmt::format("{0} 0B {0} 1", size));
  CHECK(last(3, "kept ") == "kept 1 0B");
  CHECK(contains(output_of("zoomin system df -v | grep ' c$' | tr -s ' '"), " 1 0B "));
  CHECK(output_of("zoomin system df -v | grep -c ' space usage:$'") == "3");
  output_of("zoomin rmi two");
  CHECK(last(4, "one ") == "3MB 0B 3MB 0");
  CHECK(contains(shell("zoomin system df -v --format json").errors, "not supported"));
  output_of("zoomin rm c; zoomin volume rm kept; zoomin rmi one");
}

TEST_CASE("info counts objects and describes the machine", "[final]") {
  import_busybox();
  output_of("zoomin create --name made bb true");
  output_of("zoomin run -d --name runs bb sleep 60");
  output_of("zoomin run -d --name held bb sleep 60; zoomin pause held");
  CHECK(output_of("zoomin info -f '{{.Containers}} {{.ContainersRunning}} "
                  "{{.ContainersPaused}} {{.ContainersStopped}}'") == "3 1 1 1");
  const std::string images = output_of("zoomin images -q | wc -l");
  CHECK(output_of("zoomin info -f '{{.Images}}'") == images);
  CHECK(output_of("zoomin info -f '{{.KernelVersion}} {{.NCPU}} {{.Name}}'") ==
        output_of("echo $(uname -r) $(nproc) $(uname -n)"));
  CHECK(output_of("zoomin info --format json | grep -c '^{.*}$'") == "1");
  CHECK(contains(output_of("zoomin info"), "\nImages: " + images + "\n"));
  output_of("zoomin rm -f made runs held");
}

TEST_CASE("version is the same for client and server", "[final]") {
  const std::string version = output_of("zoomin version -f '{{.Client.Version}}'");
  CHECK(output_of("zoomin version -f '{{.Server.Version}}'") == version);
  CHECK(output_of("zoomin version") == "zoomin " + version);
  CHECK(output_of("zoomin --version") == "zoomin " + version);
}

namespace {

// Each of these commands needs root. Each ends with a semicolon.
constexpr const char* asking_for_root =
    R"(ps -a;ps -aq --filter name=c;images;image ls -q;image inspect bb;history bb;
tag bb other;rmi -f bb;image prune -f;save bb;load -i /dev/null;import -;volume ls;
volume inspect kept;volume create other;volume rm kept;volume prune -f;
network ls;network inspect n;network create other;network rm -f n;network prune -f;
network connect n c;inspect c;inspect bb;logs c;port c;top c;diff c;
stats --no-stream;stats --no-stream c;cp c:/etc/hosts -;cp /dev/null c:/null;
run --rm bb true;create bb true;exec c true;attach c;start c;stop c;restart c;
kill c;pause c;unpause c;wait c;rename c other;update -m 64m c;rm c;rm -f c;
rm -f nosuch;container prune -f;system prune -f;system df;info;
events --since 1h --until 0s;boot;boot --stop;)";

// Runs a program as the user nobody.
run_result as_nobody(const std::string& line) {
  return shell("setpriv --reuid 65534 --regid 65534 --clear-groups " + line);
}

}  // namespace

TEST_CASE("without root every command says that it needs root", "[final]") {
  import_busybox();
  shell("zoomin run -d --name c -v kept:/data bb sleep 60; zoomin network create n");
  // Other users can't execute programs that were built in a home directory.
  const scratch directory;
  shell(fmt::format("chmod 755 {0}; cp {1} {2} {3} {0}", directory.path(),
                    built("zoomin"), built("zoomin-image"), built("zoomin-registry")));
  std::istringstream commands(asking_for_root);
  for (std::string command; std::getline(commands >> std::ws, command, ';');) {
    INFO(command);
    const auto refused =
        as_nobody(fmt::format("{}/zoomin {} </dev/null", directory.path(), command));
    INFO(refused.output << refused.errors);
    CHECK(refused.status != 0);
    CHECK((refused.output.empty() || refused.output == "[]\n"));  // of inspect, Docker's
    CHECK(contains(refused.errors, "Permission denied"));
    CHECK(contains(refused.errors, "sudo"));
  }
  CHECK(output_of("zoomin ps -q | wc -l; zoomin volume ls -q") == "1\nkept");
  // These commands need no root, so the user nobody may run them.
  for (const char* command : {"version", "help", "run --help", "completion bash"})
    CHECK(as_nobody(fmt::format("{}/zoomin {}", directory.path(), command)).status == 0);
  shell("zoomin rm -f c; zoomin volume rm kept; zoomin network rm n");
}

TEST_CASE("zoomin loads no library that only some commands need", "[final]") {
  const auto loaded = shell("ldd " + built("zoomin")).output;
  INFO(loaded);
  for (const char* library :
       {"libcurl", "libarchive", "libcrypto", "libnftables", "libseccomp"})
    CHECK_FALSE(contains(loaded, library));
  // A release build links the C++ library statically. It must not need libm either.
  CHECK(contains(loaded, "libm.so") == contains(loaded, "libstdc++.so"));
  // A pull in which nothing has changed and a build of cached steps read no archive.
  for (const char* program : {"zoomin-registry", "zoomin-image"}) {
    const auto needed = shell("readelf -d " + built(program)).output;
    CHECK(contains(needed, "libcrypto"));
    const bool is_release = !contains(needed, "libstdc++");
    for (const char* library : {"libarchive", "libnftables"})
      CHECK_FALSE((is_release && contains(needed, library)));
  }
}
