// SPDX-License-Identifier: MIT
// run, and the life of its container, seen from the host and from inside.
#include <fmt/format.h>
#include <signal.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <sstream>

#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"
#include "support/terminal.hpp"

using namespace zoomin::test;

TEST_CASE("run gives the command's output, errors and status", "[final]") {
  import_busybox();
  const auto result = shell("zoomin run --rm bb sh -c 'echo out; echo err >&2; exit 7'");
  CHECK(result.output == "out\n");
  CHECK(result.errors == "err\n");
  CHECK(result.status == 7);
  CHECK(output_of("zoomin ps -aq").empty());
}

TEST_CASE("exit statuses: 126 can't be run, 127 not found, 125 invalid flag", "[final]") {
  import_busybox();
  CHECK(shell("zoomin run --rm bb /etc").status == 126);
  CHECK(shell("zoomin run --rm bb nosuch").status == 127);
  CHECK(shell("zoomin run --rm -w /etc/passwd bb true").status == 127);
  for (const char* flag :
       {"--nosuchflag", "--restart", "--name a/b", "--cpus nan", "-m 1b", "-p 70000:80",
        "-p a:80", "-v x", "--pids-limit 12x"}) {
    INFO(flag);
    const auto refused = shell(fmt::format("zoomin run --rm {} bb true", flag));
    CHECK(refused.status == 125);
    CHECK(lines_without_hints(refused.errors) == 1);
  }
  CHECK(shell("zoomin run --rm --pull never nosuch true").status == 125);
  CHECK(output_of("zoomin ps -aq").empty());
}

TEST_CASE(
    "a container has its own processes, host name and root, and the image's environment",
    "[final]") {
  import_busybox();
  CHECK(output_of("zoomin run --rm bb sh -c 'echo $$'") == "1");
  CHECK(output_of("zoomin run --rm -h den bb hostname") == "den");
  CHECK(output_of("zoomin run --rm bb ls /") ==
        "bin\ndev\netc\nhome\nproc\nroot\nsys\ntmp");
  CHECK(output_of("CANARY=1 zoomin run --rm bb env | grep -c CANARY") == "0");
  CHECK(output_of("CANARY=1 zoomin run --rm -e CANARY -e OTHER -e A=b=c bb env | sort | "
                  "grep -e CANARY -e OTHER -e A=") == "A=b=c\nCANARY=1");
  CHECK(output_of("zoomin run --rm -w /new/place bb pwd") == "/new/place");
}

TEST_CASE("user names, groups and home directories are the image's", "[final]") {
  import_busybox();
  CHECK(output_of("zoomin run --rm -u me bb sh -c 'id -u; id -G; echo $HOME'") ==
        "1000\n1000 50\n/home/me");
  CHECK(output_of("zoomin run --rm -u 4711 bb sh -c 'id -u; id -G; echo $HOME'") ==
        "4711\n0\n/");
  CHECK(shell("zoomin run --rm -u nobody-here bb true").status == 125);
  CHECK(output_of("(umask 077; zoomin run --rm -u 1000 bb sh -c 'umask; cat /etc/hosts "
                  "/etc/hostname > /dev/null; echo $?; stat -c %a /etc/hosts')") ==
        "0022\n0\n644");
}

TEST_CASE("binary data passes unchanged in both directions", "[final]") {
  import_busybox();
  const scratch files;
  const auto same = shell("cd " + files.path() +
                          "; head -c 5000000 /dev/urandom > in; "
                          "zoomin run --rm -i bb cat < in > out; cmp in out; "
                          "zoomin run --rm bb sh -c 'head -c 3000000 /dev/zero' | wc -c");
  CHECK(same.output == "3000000\n");
}

TEST_CASE("a container ends when its reader closes the pipe", "[final]") {
  import_busybox();
  CHECK(output_of(
            "zoomin run --rm bb sh -c 'while echo x; do sleep 0.1; done' | head -n 1") ==
        "x");
  CHECK(output_of("zoomin ps -aq").empty());
}

TEST_CASE("a detached container obeys stop, start, kill and rm", "[final]") {
  import_busybox();
  const auto id = output_of(
      "zoomin run -d --name den bb sh -c 'trap \"exit 3\" TERM; "
      "while :; do sleep 0.1; done'");
  CHECK(id.size() == 64);
  CHECK(output_of("zoomin ps -q --no-trunc") == id);
  const auto now = inspected("den");
  CHECK(now["State"]["Running"] == true);
  const auto pid = now["State"]["Pid"].get<int>();
  CHECK(contains(output_of(fmt::format("cat /proc/{}/cgroup", pid)), "/zoomin/" + id));
  CHECK(output_of("zoomin stop den") == "den");
  CHECK(inspected("den")["State"]["ExitCode"] == 3);
  CHECK(output_of("zoomin ps -q").empty());
  CHECK(output_of("zoomin start den") == "den");
  CHECK(shell("zoomin rm den").status == 1);
  CHECK(shell("zoomin kill -s NOSUCH den").status == 1);
  CHECK(output_of("zoomin kill den") == "den");
  CHECK(output_of("zoomin wait den") == "137");
  CHECK(shell("zoomin kill den").status == 1);
  CHECK(output_of("zoomin rm den") == "den");
  CHECK(shell("zoomin inspect den").status == 1);
}

TEST_CASE("a restarted container keeps its files", "[final]") {
  import_busybox();
  shell("zoomin run --name den bb sh -c 'echo x >> /notes; cat /notes'");
  CHECK(shell("zoomin start -a den").output == "x\nx\n");
  CHECK(output_of("zoomin run --rm bb cat /notes; echo $?") == "1");
  shell("zoomin rm den");
}

TEST_CASE("exec joins every namespace and the cgroup", "[final][v2]") {
  import_busybox();
  shell("zoomin run -d --name den -h den bb sleep 60");
  const std::string namespaces =
      "for i in pid net mnt uts ipc cgroup; do readlink /proc/$p/ns/$i; done";
  CHECK(output_of("zoomin exec den sh -c 'p=self; " + namespaces + "'") ==
        output_of("zoomin exec den sh -c 'p=1; " + namespaces + "'"));
  CHECK(output_of("zoomin exec den cat /proc/self/cgroup") ==
        output_of("zoomin exec den cat /proc/1/cgroup"));
  CHECK(shell("zoomin exec den sh -c 'exit 9'").status == 9);
  CHECK(shell("zoomin exec den nosuch").status == 127);
  CHECK(shell("zoomin exec den /etc").status == 126);
  CHECK(shell("zoomin exec -w /missing den true").status == 127);
  CHECK(output_of("echo abc | zoomin exec -i den cat") == "abc");
  CHECK(output_of("zoomin exec -u me den id -u") == "1000");
  shell("zoomin rm -f den");
  CHECK(shell("zoomin exec den true").status == 125);
}

TEST_CASE("run -t: size, job control and detach keys", "[final]") {
  import_busybox();
  terminal session(
      {"sh", "-c", built("zoomin") + " run -it --name den bb; echo status-$?"}, 33, 111);
  session.expect("#");
  session.type("stty size\n");
  session.expect("33 111");
  session.resize(44, 55);
  session.type("sleep 0.2; stty size\n");
  session.expect("44 55");
  session.type("tty; cat\n");
  session.expect("/dev/pts/0");
  session.type("told\n");
  session.expect("told");  // the terminal's echo
  session.expect("told");  // cat's output
  session.type("\x03");
  session.expect("#");
  session.type("\x10\x11");
  session.expect("status-0");
  CHECK(inspected("den")["State"]["Running"] == true);
  shell("zoomin rm -f den");
}

TEST_CASE("a container dies with its killed monitor, and the next command says so",
          "[final]") {
  import_busybox();
  shell("zoomin run -d --name den bb sleep 60");
  const auto pid = inspected("den")["State"]["Pid"].get<int>();
  const auto monitor =
      output_of(fmt::format("grep PPid /proc/{}/status | cut -f 2", pid));
  shell("kill -9 " + monitor);
  shell(fmt::format("while kill -0 {} 2>/dev/null; do sleep 0.01; done", pid));
  const auto state = inspected("den")["State"];
  CHECK(state["Running"] == false);
  CHECK(state["ExitCode"] == 137);
  CHECK(state["Error"] == "its monitor was killed");
  CHECK(output_of("zoomin start den") == "den");
  shell("zoomin rm -f den");
}

TEST_CASE("a killed command leaves its container running", "[final]") {
  import_busybox();
  subprocess program({built("zoomin"), "run", "--name", "den", "bb", "sh", "-c",
                      "echo ready; sleep 60"});
  CHECK(program.line() == "ready");
  program.kill(SIGKILL);
  program.end();
  CHECK(inspected("den")["State"]["Running"] == true);
  shell("zoomin rm -f den");
}

TEST_CASE("over the memory limit one process is killed, or all of them", "[final][v2]") {
  import_busybox();
  const auto eats = [](const std::string& flags) {
    return shell("zoomin run --name den -m 24m " + flags +
                 " bb sh -c 'tail /dev/zero; echo its $?'");
  };
  CHECK(eats("").output == "its 137\n");
  CHECK(inspected("den")["State"]["OOMKilled"] == true);
  CHECK(inspected("den")["State"]["ExitCode"] == 0);
  shell("zoomin rm den");
  const auto together = eats("--oom-group");
  if (output_of("zoomin info -f '{{.CgroupVersion}}'") == "2") {
    CHECK(together.status == 137);
    CHECK(together.output.empty());
    CHECK(inspected("den")["State"]["OOMKilled"] == true);
    shell("zoomin rm den");
  } else {
    CHECK(together.status == 125);
    CHECK(contains(together.errors, "--oom-group requires cgroup version 2"));
  }
  CHECK(shell("zoomin create --oom-group bb true").status == 125);
}

TEST_CASE("a container over its memory limit is reported as OOM-killed", "[final][v2]") {
  import_busybox();
  shell("zoomin run -d --name other bb sleep 60");
  CHECK(shell("zoomin run --name den -m 16m bb sh -c 'tail /dev/zero'").status == 137);
  CHECK(inspected("den")["State"]["OOMKilled"] == true);
  CHECK(inspected("other")["State"]["Running"] == true);
  shell("zoomin rm -f den other");
}

TEST_CASE(
    "a published port leads to the container, from the host and again after a "
    "restart",
    "[final]") {
  import_busybox();
  shell(
      "zoomin run -d --name web -p 8080:80 bb sh -c 'mkdir -p /w; echo hello > "
      "/w/index.html; exec httpd -f -p 80 -h /w'");
  const std::string fetch =
      "for i in 1 2 3 4 5 6 7 8 9 10; do busybox wget -qO- http://127.0.0.1:8080/ && "
      "break; sleep 0.1; done";
  CHECK(output_of(fetch) == "hello");
  CHECK(contains(output_of("zoomin ps"), "0.0.0.0:8080->80/tcp"));
  CHECK(output_of("zoomin port web") == "80/tcp -> 0.0.0.0:8080");
  CHECK(output_of("zoomin port web 80") == "0.0.0.0:8080");
  CHECK(shell("zoomin port web 81").status == 1);
  CHECK(shell("zoomin stop -t 0 web && zoomin start web").status == 0);
  CHECK(output_of(fetch) == "hello");
  shell("zoomin rm -f web");
}

TEST_CASE("two hundred containers can run at once", "[final]") {
  import_busybox();
  const auto result = shell(
      "for i in $(seq 200); do zoomin run --rm bb sh -c 'echo done' & done; wait", 120);
  CHECK(result.output.size() == 200 * std::string("done\n").size());
  CHECK(result.errors.empty());
  CHECK(output_of("zoomin ps -aq").empty());
}

TEST_CASE("five hundred containers run together, and none is lost", "[final]") {
  import_busybox();
  shell(
      "seq 500 | xargs -P 8 -I {} zoomin run -d --name c{} bb "
      "sh -c 'echo this is {}; exec sleep 1000'",
      120);
  CHECK(output_of("zoomin ps -q | wc -l") == "500");
  CHECK(output_of("zoomin inspect -f '{{.NetworkSettings.IPAddress}}' $(zoomin ps -q) | "
                  "sort -u | wc -l") == "500");
  CHECK(output_of("for i in $(seq 500); do zoomin logs c$i; done | sort -u | wc -l") ==
        "500");
  CHECK(output_of("zoomin exec c250 hostname -i") ==
        output_of("zoomin inspect -f '{{.NetworkSettings.IPAddress}}' c250"));
  CHECK(output_of("zoomin rm -f $(zoomin ps -aq) | wc -l") == "500");
}

TEST_CASE("bind mounts are visible inside, outer ones mounted first", "[final]") {
  import_busybox();
  const scratch files;
  shell("cd " + files.path() + "; mkdir i o; echo inner > i/f; echo outer > o/f");
  const auto seen = shell(fmt::format(
      "zoomin run --rm -v {0}/i:/m/e:ro -v {0}/o:/m bb sh -c 'cat /m/e/f /m/f; echo x > "
      "/m/e/f; echo y > /m/new'",
      files.path()));
  CHECK(seen.output == "inner\nouter\n");
  CHECK(contains(seen.errors, "Read-only file system"));
  CHECK(contains(seen.errors,
                 "zoomin: root in the container can write to the host's " + files / "o"));
  CHECK(output_of("cat " + files / "o/new") == "y");
  CHECK(shell("zoomin run --rm -v /:/proc/x bb true").status == 125);
}

TEST_CASE("run --explain shows each step apart from the output", "[final]") {
  import_busybox();
  const auto result = shell("zoomin run --rm --explain -m 64m bb sh -c 'echo hello'");
  CHECK(result.output == "hello\n");
  for (const char* part :
       {"-> Create cgroup", "at most 64 MiB", "-> Create PID namespace", "clone3(",
        "CLONE_NEWPID", "-> Create NET namespace", "-> Create MNT namespace",
        "pivot_root(", "seccomp(", "-> exec() process in namespace", "execve(\"/bin/sh\"",
        "host sees", "-> end: everything"}) {
    INFO(part);
    CHECK(contains(result.errors, part));
  }
  const auto lines =
      shell("zoomin run --rm --explain=json bb sh -c 'echo hello' 2>&1 >/dev/null");
  CHECK(contains(lines.output, R"({"arrow":"Create cgroup","us":)"));
  CHECK(shell("zoomin run --explain=loud bb true").status == 125);
  CHECK(output_of(
            "zoomin run -d --rm --name den --explain bb sleep 60 2>/dev/null | wc -c") ==
        "65");
  shell("zoomin rm -f den");
}

// (A user is looked up in the container's own files, which is too late for this.)
TEST_CASE("the message about a wrong flag comes alone with run --explain", "[final]") {
  import_busybox();
  for (const char* flag :
       {"--nosuchflag", "--name a/b", "--cpus nan", "-m 64x", "-p a:80", "-v x",
        "--mount type=bind,src=/no/such,dst=/x", "--network nosuch", "--ip 10.80.0.2",
        "--cgroup-parent a/../b", "--restart often", "--log-driver nosuch",
        "--security-opt seccomp=/no/such", "--cap-add NOSUCH", "--device /no/such",
        "--pids-limit few", "--ulimit nosuch=1", "--hostname a/b", "-e =x"})
    for (const char* how : {"--explain=brief", "--explain", "--explain=json"}) {
      const auto result = shell(fmt::format("zoomin run --rm {} {} bb true", how, flag));
      INFO(how << " " << flag << ": " << result.errors);
      CHECK(result.status == 125);
      CHECK(result.output.empty());
      CHECK(lines_without_hints(result.errors) == 1);
    }
  CHECK(output_of("zoomin ps -aq").empty());
}

TEST_CASE("run --explain=brief has one line for each mechanism, in 80 columns",
          "[final]") {
  import_busybox();
  shell("zoomin run --rm bb true");  // makes the network, which stays
  const auto result =
      shell("COLUMNS=80 zoomin run --rm --explain=brief -m 64m bb echo hello");
  INFO(result.errors);
  CHECK(result.output == "hello\n");
  int rows = 0;
  std::istringstream lines(result.errors);
  for (std::string line; std::getline(lines, line); ++rows)
    CHECK(std::ranges::count_if(line, [](char c) { return (c & 0xC0) != 0x80; }) <= 80);
  CHECK(rows <= 50);
  for (const char* part : {"-> Create cgroup", "at most 64 MiB", "clone3 ", "pivot_root",
                           "seccomp", "execve", "-> end: everything"})
    CHECK(contains(result.errors, part));
  CHECK(!contains(result.errors, "host sees"));
}

TEST_CASE("run --record writes a page, in front, detached and after a failure",
          "[final]") {
  import_busybox();
  const scratch files;
  const auto page = [&](const std::string& options) {
    shell("zoomin run --record " + files / "run.html " + options);
    return shell("cat " + files / "run.html").output;
  };
  const std::string front = page("--rm bb echo hello");
  for (const char* part :
       {R"("call":"pivot_root)", R"("arrow":"Create cgroup")", R"("when":"before")",
        R"("when":"after")", R"("arrow":"end: everything is released")",
        "zoomin run --record "})
    CHECK(contains(front, part));
  const std::string detached = page("-d --name den bb sleep 60");
  CHECK(contains(detached, R"("call":"execve(\"/bin/sleep\")"));
  CHECK(!contains(detached, "end: everything is released"));
  shell("zoomin rm -f den");
  CHECK(contains(page("--rm bb nosuchprogram"), R"("failure":"execve)"));
  CHECK(shell("zoomin run --rm --record /nowhere/x bb true").status == 125);
}

TEST_CASE("look shows a container or a process from both sides", "[final]") {
  import_busybox();
  shell("zoomin run -d --name den -h den --memory 64m bb sleep 60");
  const auto pid = inspected("den")["State"]["Pid"].get<int>();
  const std::string namespaces = " | grep namespace";
  CHECK(output_of("zoomin look den" + namespaces) ==
        output_of(fmt::format("zoomin look {}", pid) + namespaces));
  CHECK(contains(output_of("zoomin look den | grep ^.hostname"), "den"));
  CHECK(contains(output_of("zoomin look den"), "64 MiB"));
  CHECK(contains(output_of("zoomin look --format json den"),
                 fmt::format(R"({{"fact":"pid","host":"{}","container":"1"}})", pid)));
  shell("zoomin rm -f den");
  CHECK(shell("zoomin look den").status == 1);
}

TEST_CASE("run --cidfile writes the ID, and never overwrites a file", "[final]") {
  import_busybox();
  const scratch files;
  const std::string run = "zoomin run -d --rm --cidfile " + files / "id" + " bb sleep 60";
  const auto id = output_of(run);
  CHECK(output_of("cat " + files / "id") == id);
  const auto refused = shell(run);
  CHECK(refused.status == 125);
  CHECK(output_of("zoomin ps -aq | wc -l") == "1");
  shell("zoomin rm -f $(cat " + files / "id" + ")");
  shell("zoomin create --cidfile " + files / "none" + " --pull never nosuch true");
  CHECK(shell("ls " + files / "none").status != 0);
}
