// SPDX-License-Identifier: MIT
// A state directory that is full or read-only, at each stage.
#include <fmt/format.h>

#include <algorithm>

#include "final/busybox.hpp"
#include "final/registries.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;

namespace {

// Runs a script with its own state directory of 16 MiB, which `fill` fills to the last
// byte, `room` empties, and `lock` and `unlock` make read-only and writable.
std::string on_a_small_disk(const std::string& script) {
  const scratch directory;
  const auto result = shell(
      fmt::format(
          "export ZOOMIN_ROOT={0}; mount -t tmpfs -o size=16m small {0}\n"
          "fill() {{ cat /dev/zero > {0}/fill 2>/dev/null; }}; room() {{ rm {0}/fill; "
          "}}\n"
          "lock() {{ mount -o remount,ro {0}; }}; unlock() {{ mount -o remount,rw {0}; "
          "}}\n"
          "mkdir {0}/bin; cp /bin/busybox {0}/bin; ln -s busybox {0}/bin/sh\n"
          "for i in sleep cat true head; do ln -s busybox {0}/bin/$i; done\n"
          "tar -C {0} -c bin | zoomin import - bb > /dev/null; rm -r {0}/bin\n"
          "({1}) 2>&1; zoomin ps -aq --no-trunc | xargs -r zoomin rm -f > /dev/null\n"
          "umount {0}",
          directory.path(), script),
      120);
  INFO(result.errors);
  CHECK(result.errors.empty());
  return result.output;
}

}  // namespace

TEST_CASE("full disk: a failed command leaves nothing", "[final]") {
  const auto out = on_a_small_disk(
      "find $ZOOMIN_ROOT | sort > $ZOOMIN_ROOT.before; fill\n"
      "for it in 'run --rm bb true' 'create bb true' 'network create n' "
      "'volume create v' 'run --rm -v w:/w bb true' 'tag bb other'; do\n"
      "zoomin $it > $ZOOMIN_ROOT.out 2>&1; echo \"$it: $? $(grep -vc ^hint "
      "$ZOOMIN_ROOT.out)\"\n"
      "done\n"
      "room; zoomin ps -aq; zoomin volume ls -q; zoomin network ls -q --filter name=^n$\n"
      "find $ZOOMIN_ROOT | grep -v -e /events -e lock -e /containers -e '/volumes$' "
      "-e '/networks$' | sort > $ZOOMIN_ROOT.after; "
      "grep -v -e /events -e lock -e /containers $ZOOMIN_ROOT.before | diff - "
      "$ZOOMIN_ROOT.after; "
      "rm $ZOOMIN_ROOT.before $ZOOMIN_ROOT.after $ZOOMIN_ROOT.out");
  for (const char* character :
       {"run --rm bb true: 125 1\n", "create bb true: 125 1\n", "network create n: 1 1\n",
        "volume create v: 1 1\n", "run --rm -v w:/w bb true: 125 1\n",
        "tag bb other: 1 1\n"})
    CHECK(contains(out, character));
  INFO(out);
  CHECK(std::count(out.begin(), out.end(), '\n') == 6);
}

TEST_CASE("full disk: containers run on, and their exit status is recorded",
          "[final][v2]") {
  const auto out = on_a_small_disk(
      "zoomin run -di --name c bb sh -c 'read a; exit 7' > /dev/null; fill\n"
      "zoomin ps --format '{{.Names}} {{.State}}'\n"
      "zoomin exec c sh -c 'exit 3'; echo exec $?\n"
      "zoomin pause c; zoomin ps --format '{{.State}}'; zoomin unpause c\n"
      "zoomin stats --no-stream --format '{{.Name}}'\n"
      "echo | zoomin attach c; echo attach $?\n"
      "zoomin wait c; zoomin ps -a --format '{{.Names}} {{.State}}'\n"
      "zoomin inspect -f '{{.State.ExitCode}}' c; zoomin rm c; zoomin ps -aq");
  CHECK(out == "c running\nexec 3\nc\npaused\nc\nc\nattach 7\n7\nc exited\n7\nc\n");
}

TEST_CASE("full disk: --rm removes, and the exit status is reported", "[final]") {
  const auto out = on_a_small_disk(
      "mkfifo $ZOOMIN_ROOT.go; zoomin run --rm bb sh -c 'echo up; sleep 1; exit 5' > "
      "$ZOOMIN_ROOT.go "
      "& read up < $ZOOMIN_ROOT.go; echo $up; fill; wait $!; echo run $?; zoomin ps -aq\n"
      "rm $ZOOMIN_ROOT.go");
  CHECK(out == "up\nrun 5\n");
}

TEST_CASE("read-only disk: running containers can be inspected and stopped", "[final]") {
  const auto out = on_a_small_disk(
      "zoomin run -di --log-driver none --name c bb sh -c 'read a; exit 7' > /dev/null; "
      "lock\n"
      "zoomin ps --format '{{.Names}} {{.State}}'\n"
      "zoomin pause c > $ZOOMIN_ROOT.out 2>&1; echo pause $? $(grep -c . "
      "$ZOOMIN_ROOT.out); "
      "rm $ZOOMIN_ROOT.out\n"
      "zoomin exec c sh -c 'exit 3'; echo exec $?\n"
      "unlock; zoomin pause c; lock; zoomin unpause c\n"
      "zoomin events --since 1h --until 0s | grep -c start\n"
      "echo | zoomin attach c; echo attach $?\n"
      "zoomin ps -a --format '{{.Names}} {{.State}}'; unlock");
  CHECK(out == "c running\npause 1 1\nexec 3\nc\nc\n1\nattach 7\nc exited\n");
}

// Each command is tried with different amounts of room, so that the disk becomes full at
// different moments of it. A removal needs no room.
TEST_CASE("full disk: no command on images leaves the store inconsistent", "[final]") {
  const real_registry registry;
  const scratch files;
  write_file(files / "Dockerfile", "FROM bb\nCOPY data /b\nRUN cp /b /c\n");
  write_file(files / "data", std::string(500'000, 'x'));
  write_file(
      files / "try",
      R"sh(forget() { zoomin rmi -f $1; zoomin builder prune -af; } > /dev/null 2>&1
try() { # try PREPARATION COMMAND
  for kb in 0 8 64 256 600 1100 2100; do
    eval "$1"
    fill
    truncate -s -${kb}K $ZOOMIN_ROOT/fill
    zoomin $2 > out 2>&1
    status=$?
    room
    if [ $status != 0 ] && ! grep -q 'No space left on device' out; then cat out; fi
    case "$2 $status" in 'rmi other 1' | 'image prune -af 1') cat out ;; esac
    zoomin system check | grep -v 'all intact'
    eval "$1"
    find $ZOOMIN_ROOT/images $ZOOMIN_ROOT/layers -path '*/.new-*'
  done
  zoomin $2 > out 2>&1 || echo "$2, with enough room: $(cat out)"
}
)sh");
  const auto out = on_a_small_disk("cd " + files.path() + "; . ./try\n" +
                                   R"sh(zoomin tag bb localhost:5000/bb:1
zoomin push -q localhost:5000/bb:1 > /dev/null
zoomin create --name c bb true > /dev/null; zoomin cp data c:/more
zoomin save -o bb.tar localhost:5000/bb:1
try 'forget localhost:5000/bb:1' 'pull -q localhost:5000/bb:1'
try 'forget localhost:5000/bb:1' 'load -q -i bb.tar'
try 'forget new' 'build -q -t new .'
try 'forget new' 'commit c new'
try true 'push -q localhost:5000/bb:1'
try 'zoomin tag bb other' 'rmi other'
try 'zoomin load -q -i bb.tar > /dev/null' 'image prune -af'
cd /)sh");
  CHECK(out == "");
}
