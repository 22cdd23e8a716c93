// SPDX-License-Identifier: MIT
// SIGKILL at random moments of each command that writes to the store. After each, the
// store must be readable and at the end without a fault. $ZOOMIN_KILLS sets how often
// each command is killed (40).
#include <fmt/format.h>
#include <signal.h>

#include <chrono>
#include <cstdlib>
#include <random>
#include <thread>

#include "common/paths.hpp"
#include "final/busybox.hpp"
#include "final/registries.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;

namespace {

using clock = std::chrono::steady_clock;

int kills_per_command() {
  const char* number = std::getenv("ZOOMIN_KILLS");
  return number != nullptr ? std::atoi(number) : 40;
}

std::string stored_files() {
  return output_of(
      fmt::format("cd {} && find images layers cache -type f 2>/dev/null | "
                  "grep -v -e '/\\.[a-z]*$' -e '\\.lock$' -e /index.json "
                  "-e /oci-layout | sort",
                  zoomin::root_directory()));
}

clock::duration duration_of(const std::string& line) {
  const auto begin = clock::now();
  const auto result = shell(line);
  INFO(line << ": " << result.errors);
  REQUIRE(result.status == 0);
  return clock::now() - begin;
}

// Kills a command at moments that are spread over its duration, and a little later.
// `prepare` is a line of sh(1) that makes what the command needs, in whatever state the
// last kill left the store.
void kill_often(const std::string& command, const std::string& prepare) {
  const auto seed = std::random_device()();
  std::mt19937 random(seed);
  duration_of(prepare);
  const auto duration = duration_of("exec zoomin " + command);
  std::uniform_real_distribution<> part(0, 1.1);
  for (int i = 0; i < kills_per_command(); ++i) {
    INFO(command << ", seed " << seed << ", kill " << i);
    const auto prepared = shell(prepare);
    INFO(prepared.output << prepared.errors);
    REQUIRE(prepared.status == 0);
    subprocess killed(
        {"sh", "-c",
         "PATH=" ZOOMIN_BUILD ":$PATH; exec zoomin " + command + " > /dev/null 2>&1"});
    std::this_thread::sleep_for(
        std::chrono::duration_cast<std::chrono::microseconds>(duration * part(random)));
    killed.kill(SIGKILL);
    killed.end();
    const auto images = shell("zoomin images");
    INFO(images.errors);
    CHECK(images.status == 0);
    CHECK(images.errors.empty());
  }
  const auto checked = shell("zoomin system check");
  INFO(command << ", seed " << seed << ": " << checked.output << checked.errors);
  CHECK(checked.status == 0);
  CHECK(shell(prepare).status == 0);
  const auto again = shell("zoomin " + command);
  INFO(again.errors);
  CHECK(again.status == 0);
}

// Removes everything, and checks that no file of a killed command is left.
void check_nothing_left() {
  CHECK(shell("zoomin rm -f $(zoomin ps -aq) 2>/dev/null; zoomin builder prune -af && "
              "zoomin rmi -f $(zoomin images -q) && zoomin images -q")
            .output.ends_with("\n"));
  CHECK(stored_files() == "");
}

}  // namespace

TEST_CASE("kills: load and rmi", "[kills]") {
  const scratch files;
  import_busybox();
  const std::string archive = files / "bb.tar";
  REQUIRE(shell("zoomin save -o " + archive + " bb").status == 0);
  kill_often("load -q -i " + archive, "zoomin rmi -f bb 2>/dev/null; true");
  kill_often("rmi bb", "zoomin load -q -i " + archive + " >/dev/null");
  check_nothing_left();
}

TEST_CASE("kills: pull and push", "[kills]") {
  const real_registry registry;
  const scratch files;
  import_busybox("localhost:5000/bb:1");
  const std::string name = files / "name";
  kill_often("push $(cat " + name + ")",
             "zoomin rmi -f $(cat " + name +
                 " 2>/dev/null) >/dev/null 2>&1; "
                 "name=localhost:5000/p$(date +%N):1; echo $name > " +
                 name + "; zoomin tag localhost:5000/bb:1 $name");
  REQUIRE(shell("zoomin push -q localhost:5000/bb:1").status == 0);
  kill_often("pull -q localhost:5000/bb:1",
             "zoomin rmi -f $(zoomin images -q) >/dev/null 2>&1; true");
  check_nothing_left();
}

TEST_CASE("kills: build", "[kills]") {
  const scratch files;
  import_busybox();
  write_file(files / "Dockerfile",
             "FROM bb\nCOPY Dockerfile /a/\nRUN head -c 300000 /dev/urandom > /b\n"
             "RUN rm /b && echo 1 > /c\n");
  kill_often("build -q -t new " + files.path(),
             "zoomin builder prune -af >/dev/null; zoomin rmi -f new 2>/dev/null; true");
  check_nothing_left();
}

TEST_CASE("kills: commit and prune", "[kills]") {
  const scratch files;
  import_busybox();
  REQUIRE(shell("zoomin save -o " + (files / "bb.tar") +
                " bb && "
                "zoomin run --name c bb sh -c 'head -c 2000000 /dev/urandom > /file'")
              .status == 0);
  kill_often("commit c new", "zoomin rmi -f new >/dev/null 2>&1; true");
  REQUIRE(shell("zoomin rm c && zoomin rmi -f new").status == 0);
  kill_often("image prune -af",
             "zoomin load -q -i " + (files / "bb.tar") + " >/dev/null");
  import_busybox();
  check_nothing_left();
}
