// SPDX-License-Identifier: MIT
// The runtime's program, which containers must not reach. The tests attack a copy in a
// private directory.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "final/busybox.hpp"
#include "inside/facts.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;

namespace {

// Holds the copy and its expected content.
class program_canary {
 public:
  explicit program_canary(std::string directory)
      : path_(std::move(directory) + "/zoomin") {
    REQUIRE(shell("cp " + built("zoomin") + " " + path_).status == 0);
    before_ = looks();
  }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] bool unchanged() const { return looks() == before_; }

 private:
  [[nodiscard]] std::string looks() const {
    return output_of(fmt::format("stat -c '%a %U %s %Y %Z' {0}; sha256sum {0}", path_));
  }
  std::string path_;
  std::string before_;
};

std::string attack_volume() {
  return fmt::format("-v {}:/bin/attack:ro", built("tests/inside/attack"));
}

// Attacks while `line` runs. {0} in it is replaced by the canary's path.
facts attack(const program_canary& program, const std::string& flags,
             const std::string& line) {
  INFO(flags);
  shell(fmt::format("{} run -d --name den {} {} bb attack", program.path(),
                    attack_volume(), flags));
  shell("until zoomin logs den | grep -q ready; do sleep 0.05; done");
  const auto done = shell(fmt::format(fmt::runtime(line), program.path()), 60);
  INFO(done.errors);
  CHECK(done.status == 0);
  shell("zoomin exec den touch /tmp/stop; zoomin wait den");
  facts seen(shell("zoomin logs den"));
  shell("zoomin rm -f den");
  return seen;
}

constexpr const char* many_execs =
    "for i in $(seq 30); do {0} exec den true; {0} container exec den true; done";

// Lists commands that execute this program itself; the image contains its libraries.
constexpr const char* with_libraries =
    "-v /lib:/lib:ro -v /lib64:/lib64:ro -v /usr/lib:/usr/lib:ro";
constexpr const char* itself =
    "for i in $(seq 10); do for file in /proc/self/exe /script; do "
    "{0} exec den $file 2>&1 | grep -q 'Exec format error' || exit 1; done; done";

// With PR_SET_MDWE(2const) no process may make data executable, so zoomin runs from a
// copy.
constexpr const char* without_new_code =
    "perl -e 'require \"syscall.ph\"; syscall(&SYS_prctl, 65, 1, 0, 0, 0) == 0 or die; "
    "exec @ARGV or die' {0} exec den true";

void check_nothing_of_program(const facts& seen) {
  CHECK(seen["nonempty"] == "0");
  CHECK(seen["mapped"] == "0");
  CHECK(seen["written"] == "0");
}

}  // namespace

TEST_CASE("a container can't open or read the program of an exec", "[protection]") {
  import_busybox();
  const scratch files;
  const program_canary program(files.path());
  const auto seen = attack(program, "", many_execs);
  CHECK(std::stoi(seen["refused"]) > 0);
  CHECK(seen["reached"] == "0");
  CHECK(seen["written"] == "0");
  CHECK(seen["environments"] == "0");
  CHECK(program.unchanged());
}

TEST_CASE("a container that may trace processes finds only an empty file",
          "[protection]") {
  import_busybox();
  const scratch files;
  const program_canary program(files.path());
  const auto seen = attack(program, "--cap-add SYS_PTRACE", many_execs);
  CHECK(std::stoi(seen["reached"]) > 0);
  check_nothing_of_program(seen);
  CHECK(seen["write"] != "ok");
  CHECK(program.unchanged());
  // The processes have the container's rights and root, and no open file of the host.
  CHECK(seen["privileged"] == "0");
  CHECK(seen["other_root"] == "0");
  CHECK(seen["descriptors"] == "0");
}

TEST_CASE("a container that may trace processes finds no program in a peer",
          "[protection]") {
  import_busybox();
  const scratch files;
  const program_canary program(files.path());
  const auto seen =
      attack(program, "--cap-add SYS_PTRACE",
             "{0} run -d --name near --init --pid container:den bb sleep 60 && "
             "for i in $(seq 10); do {0} exec near true; "
             "{0} run --rm --pid container:den bb true; done; {0} rm -f near");
  CHECK(std::stoi(seen["reached"]) > 0);
  check_nothing_of_program(seen);
  CHECK(program.unchanged());
}

TEST_CASE("an init has no reference to the program", "[protection]") {
  import_busybox();
  const scratch files;
  const program_canary program(files.path());
  const auto seen = attack(program, "--init --cap-add SYS_PTRACE", "true");
  CHECK(std::stoi(seen["reached"]) > 0);
  check_nothing_of_program(seen);
}

TEST_CASE("the program itself can't be executed as a command or a script",
          "[protection]") {
  import_busybox();
  const scratch files;
  const program_canary program(files.path());
  write_file(files / "script", "#!/proc/self/exe --help\n");
  shell("chmod +x " + (files / "script"));
  const auto seen = attack(
      program, fmt::format("{} -v {}:/script:ro", with_libraries, files / "script"),
      itself);
  CHECK(seen["reached"] == "0");
  check_nothing_of_program(seen);
  CHECK(program.unchanged());
}

TEST_CASE("without detach the program runs from a sealed copy", "[protection]") {
  import_busybox();
  const scratch files;
  const program_canary program(files.path());
  const std::string many =
      fmt::format("for i in $(seq 20); do {} || exit 1; done", without_new_code);
  const auto seen = attack(program, "--cap-add SYS_PTRACE", many);
  CHECK(std::stoi(seen["reached"]) > 0);
  CHECK(std::stoi(seen["nonempty"]) > 0);
  CHECK(seen["mapped"] == "0");
  CHECK(seen["written"] == "0");
  CHECK(program.unchanged());
}

TEST_CASE("an init doesn't show the caller's arguments and environment", "[protection]") {
  import_busybox();
  for (const char* flags : {"", "--cap-add SYS_PTRACE"}) {
    INFO(flags);
    const auto result =
        shell(fmt::format("CANARY=1 zoomin run --rm --init {} -v /etc:/canary:ro bb "
                          "sh -c 'cat /proc/1/cmdline /proc/1/environ' | tr '\\0' ' '",
                          flags));
    CHECK_FALSE(contains(result.output, "CANARY"));
    CHECK_FALSE(contains(result.output, "canary"));
  }
}

TEST_CASE("the protected program keeps its name", "[protection]") {
  import_busybox();
  shell("zoomin run -d --name den bb sleep 60");
  const auto pid = inspected("den")["State"]["Pid"].get<int>();
  const auto monitor =
      output_of(fmt::format("grep PPid /proc/{}/status | cut -f 2", pid));
  CHECK(output_of(fmt::format("cat /proc/{}/comm", monitor)) == "zoomin");
  CHECK(output_of(fmt::format("tr -d '\\0' < /proc/{}/cmdline", monitor)) ==
        "zoomin monitor " + output_of("zoomin ps -q"));
  shell("zoomin rm -f den");
}

TEST_CASE("a container can't see the command line of exec", "[protection]") {
  import_busybox();
  for (const char* flags : {"", "--cap-add SYS_PTRACE"}) {
    INFO(flags);
    shell(
        fmt::format("zoomin rm -f den; zoomin run -d --name den {} -u 1000 bb sh -c '"
                    "while ! test -e /tmp/stop; do cat /proc/[0-9]*/cmdline; done "
                    "2>/dev/null'",
                    flags));
    CHECK(shell("for i in $(seq 40); do zoomin exec -e CANARY=1 den true; done; "
                "zoomin exec den touch /tmp/stop; zoomin wait den",
                60)
              .status == 0);
    const auto seen = shell("zoomin logs den | tr '\\0' ' '").output;
    CHECK(contains(seen, "test"));
    CHECK_FALSE(contains(seen, "CANARY"));
  }
  shell("zoomin rm -f den");
}

namespace {

// Returns the arguments and environments of zoomin processes that contain the canary.
std::string processes_with_canary() {
  return output_of(
      "for p in $(pgrep -x zoomin); do cat /proc/$p/cmdline /proc/$p/environ | "
      "tr '\\0' ' ' | grep CANARY; done");
}

}  // namespace

TEST_CASE("processes that outlive a command hide its arguments", "[protection]") {
  import_busybox();
  const scratch files;
  for (const char* command :
       {"run -d --name den -e CANARY=1 bb sleep 100", "exec -d -e CANARY=1 den sleep 90",
        "restart -t 0 den", "start den"}) {
    INFO(command);
    const auto line = fmt::format(
        "export CANARY=1; exec 8>{0}/lock; flock 8; "
        "timeout 20 sh -c 'echo \"$(zoomin {1} 3>&1)\" >/dev/null'; echo $?; "
        "exec 8>&-; flock -n {0}/lock echo free",
        files.path(), command);
    CHECK(output_of(line) == "0\nfree");
    CHECK(output_of("pgrep -x zoomin | wc -l") != "0");
    CHECK(processes_with_canary().empty());
    if (contains(command, "restart")) shell("zoomin kill den; zoomin wait den");
  }
  shell("zoomin rm -f den");
}
