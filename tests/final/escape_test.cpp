// SPDX-License-Identifier: MIT
// Attacks by which containers escaped from other runtimes, tried without harm: a private
// directory stands for the host.
#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <thread>

#include "common/paths.hpp"
#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"
#include "support/terminal.hpp"

using namespace zoomin::test;

namespace {

// Holds a directory of the host with one file, which no container may change or read.
class canary {
 public:
  canary() {
    shell("chmod 755 " + files_.path());
    write_file(files_ / "secret", "not-for-you\n");
    before_ = looks();
  }
  [[nodiscard]] std::string path() const { return files_.path(); }
  [[nodiscard]] bool unchanged() const { return looks() == before_; }

 private:
  [[nodiscard]] std::string looks() const {
    return output_of("find " + files_.path() +
                     " -printf '%p %m %u %s %T@\\n' | sort; cat " + (files_ / "secret"));
  }
  scratch files_;
  std::string before_;
};

// Runs containers in several ways, with an image that `changes` made hostile. The canary
// must stay, and containers that start must be confined.
void check_stays_inside(const std::string& changes, const canary& host) {
  INFO(changes);
  import_busybox("hostile", changes);
  const std::string look =
      "touch /dev/x /etc/x; echo x > /dev/null; cat /etc/hosts; ls /; "
      "cat /proc/keys /proc/timer_list; echo x > /proc/sys/kernel/hostname";
  for (const char* flags : {"", "-i -u me -w /new/place", "--read-only"}) {
    INFO(flags);
    const auto seen =
        shell(fmt::format("zoomin run --rm {} hostile sh -c '{}'", flags, look));
    CHECK_FALSE(contains(seen.output, "not-for-you"));
    CHECK_FALSE(contains(seen.output, "secret"));
    CHECK(host.unchanged());
  }
  shell("zoomin image rm hostile");
}

// Acts as another container with the same directory: exchanges each NAME with NAME.link
// in a loop.
class swapper {
 public:
  swapper(const std::string& directory, const std::vector<std::string>& names)
      : thread_([=](const std::stop_token& stop) {
          while (!stop.stop_requested())
            for (const auto& name : names) {
              const std::string item = directory + "/" + name, other = item + ".link";
              ::renameat2(AT_FDCWD, item.c_str(), AT_FDCWD, other.c_str(),
                          RENAME_EXCHANGE);
            }
        }) {}

 private:
  std::jthread thread_;
};

// Returns how many seconds the line takes.
double seconds_of(const std::string& line) {
  const auto begin = std::chrono::steady_clock::now();
  shell(line);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

TEST_CASE("links to host directories in the image lead nowhere", "[ways-out]") {
  const canary host;
  for (const char* name : {"dev", "proc", "sys", "etc", "home"}) {
    check_stays_inside(fmt::format("rm -rf {0}; ln -s {1} {0}", name, host.path()), host);
    check_stays_inside(
        fmt::format("rm -rf {0}; ln -s ../../../../../..{1} {0}", name, host.path()),
        host);
  }
}

TEST_CASE("links to host files in the image lead nowhere", "[ways-out]") {
  const canary host;
  for (const char* name :
       {"dev/null", "dev/pts", "dev/shm", "dev/console", "etc/hosts", "etc/hostname",
        "etc/resolv.conf", "etc/passwd", "etc/group", "proc/self", "proc/sys"})
    check_stays_inside(fmt::format("mkdir -p dev proc; rm -rf {0}; ln -s {1}/secret {0}",
                                   name, host.path()),
                       host);
}

TEST_CASE("a /dev/null made by the container gives an exec no access to the host",
          "[ways-out]") {
  import_busybox();
  shell("zoomin run -d --name den bb sleep 60");
  for (const char* target :
       {"/proc/self/exe", "/proc/self/cwd", "/proc/self/fd/3", "/proc/self/fd/4",
        "/proc/self/fd/5", "/proc/self/fd/6", "/proc/self/fd/7", "/proc/self/fd/8",
        "/proc/self/fd/9", "/proc/self/fd/10", "/etc/hosts"}) {
    INFO(target);
    shell(fmt::format("zoomin exec -i den ln -sf {} /dev/null </dev/null", target));
    const auto got = shell("zoomin exec den stat -L -c %t:%T:%n /proc/self/fd/0");
    CHECK(got.output.empty());
    CHECK(got.status == 125);
  }
  shell("zoomin exec -i den sh -c 'rm /dev/null; mkfifo /dev/null' </dev/null");
  CHECK(seconds_of("timeout 20 zoomin exec den true") < zoomin::check::stretched(5));
  shell("zoomin rm -f den");
}

TEST_CASE("no working directory is reached by a descriptor", "[ways-out]") {
  const canary host;
  import_busybox();
  shell("zoomin run -d --name den bb sleep 60");
  for (int fd = 0; fd < 16; ++fd) {
    INFO(fd);
    for (const char* command : {"run --rm", "exec"}) {
      const auto tried = shell(fmt::format(
          "exec 8<{0} 9<{0}; zoomin {1} -w /proc/self/fd/{2} {3} ls", host.path(),
          command, fd, std::string(command) == "exec" ? "den" : "bb"));
      CHECK((tried.status == 126 || tried.status == 127));
      CHECK(tried.output.empty());
    }
  }
  CHECK(host.unchanged());
  shell("zoomin rm -f den");
}

TEST_CASE("a working directory with links and .. stays inside", "[ways-out]") {
  const canary host;
  import_busybox("bb", fmt::format("ln -s {0}/sub out; ln -s ../../../../..{0} up; "
                                   "ln -s round round",
                                   host.path()));
  for (const char* path : {"/out", "/out/new", "/up", "/up/new", "/../../../up/new"}) {
    INFO(path);
    const auto seen =
        shell(fmt::format("zoomin run --rm -w {} bb sh -c 'pwd; ls; touch x'", path));
    CHECK_FALSE(contains(seen.output, "secret"));
    CHECK(host.unchanged());
  }
  CHECK(shell("zoomin run --rm -w /round bb true").status == 126);
}

TEST_CASE("no mount covers the kernel's files", "[ways-out]") {
  const canary host;
  import_busybox("bb", "ln -s proc kernel; ln -s ../proc/self home/self; ln -s /sys s");
  for (const char* target :
       {"/proc", "/proc/self", "//proc", "/proc/", "/tmp/../proc", "/kernel",
        "/kernel/sys", "/home/self/attr", "/sys", "/s/kernel", "/./sys"}) {
    INFO(target);
    const auto refused =
        shell(fmt::format("zoomin run --rm -v {}:{}:ro bb true", host.path(), target));
    CHECK(refused.status == 125);
    CHECK(lines_without_hints(refused.errors) == 1);
  }
  CHECK(host.unchanged());
  CHECK(output_of("zoomin ps -aq").empty());
}

TEST_CASE("an image's volumes and working directories don't lead outside", "[ways-out]") {
  const canary host;
  import_busybox("bb", "ln -s /proc link; ln -s ../../../../tmp up; mkdir deep");
  const auto made = [&](const std::string& change) {
    shell("zoomin run --rm bb tar -c bin link up deep | zoomin import -c '" + change +
          "' - hostile");
    return shell("zoomin run --rm hostile sh -c 'cat /proc/self/comm; pwd'");
  };
  for (const char* change : {"VOLUME /proc", "VOLUME /link/sys", "VOLUME /sys/fs",
                             "VOLUME /deep/../../proc", "WORKDIR /proc/self/fd/3"}) {
    INFO(change);
    const auto result = made(change);
    // The mount is refused, or the kernel's file is still visible.
    CHECK((result.status >= 125 || result.output.starts_with("cat\n")));
  }
  for (const char* change : {"WORKDIR /up/../../..", "WORKDIR /../../.."}) {
    INFO(change);
    CHECK(contains(made(change).output, "cat\n/"));
  }
  for (const char* flags : {"--tmpfs /proc", "--tmpfs /proc/sys", "-v v:/proc",
                            "-v v:/sys/fs/cgroup", "--mount type=tmpfs,target=/sys"}) {
    INFO(flags);
    CHECK(shell(fmt::format("zoomin run --rm {} bb true", flags)).status == 125);
  }
  CHECK(host.unchanged());
  shell("zoomin volume prune -af; zoomin rmi hostile");
}

TEST_CASE("a volume whose directories are swapped for links leads nowhere",
          "[ways-out]") {
  const canary host;
  import_busybox();
  const scratch shared;
  shell(fmt::format("chmod 777 {0}; mkdir {0}/a; ln -s ../../../../../..{1} {0}/a.link",
                    shared.path(), host.path()));
  const swapper other(shared.path(), {"a"});
  const auto seen =
      shell(fmt::format("for i in $(seq 500); do zoomin run --rm --net none -v {0}:/vol "
                        "-v /etc/hostname:/vol/a/b/file bb ls /vol/a; done 2>/dev/null",
                        shared.path()),
            120);
  CHECK_FALSE(contains(seen.output, "secret"));
  CHECK(contains(seen.output, "b\n"));  // now and then it is a directory, and that works
  CHECK(host.unchanged());
}

TEST_CASE("a console that is swapped for a link before it is bound leads nowhere",
          "[ways-out]") {
  const canary host;
  import_busybox();
  const scratch shared;
  const std::vector<std::string> names{"console", "0", "ptmx", "null", "tty"};
  for (const auto& name : names)
    shell(fmt::format("cd {0}; touch {2}; ln -s ../../../../../..{1}/secret {2}.link",
                      shared.path(), host.path(), name));
  const swapper other(shared.path(), names);
  for (const char* target : {"/dev", "/dev/pts"}) {
    INFO(target);
    const auto seen = shell(
        fmt::format("for i in $(seq 50); do zoomin run --rm --net none -t -v {0}:{1} bb "
                    "sh -c 'cat /dev/console & echo x > /dev/console'; done </dev/null",
                    shared.path(), target),
        120);
    CHECK_FALSE(contains(seen.output, "not-for-you"));
    CHECK(host.unchanged());
  }
}

TEST_CASE("a device's path never leads out of /dev", "[ways-out]") {
  const canary host;
  import_busybox();
  for (const std::string& path :
       {"/dev/../.." + host.path() + "/node", "/dev/net/../../.." + host.path() + "/node",
        std::string("/dev/./node"), std::string("/dev//node"), std::string("/dev/"),
        std::string("/dev/x/"), std::string("/dev/.."), std::string("/etc/node")}) {
    INFO(path);
    const auto refused = shell("zoomin run --rm --device /dev/null:" + path + " bb true");
    CHECK(refused.status == 125);
    CHECK(lines_without_hints(refused.errors) == 1);
    CHECK(host.unchanged());
  }
  CHECK(shell("zoomin run --rm --device /dev/null:/dev/a/b bb sh -c 'echo > /dev/a/b'")
            .status == 0);
  // The container's spec may not come from zoomin's flags.
  shell("zoomin create --name c --device /dev/null:/dev/harmless bb true");
  shell("sed -i 's,/dev/harmless,/dev/../.." + host.path() + "/node,' " +
        zoomin::root_directory() + "/containers/*/container.json");
  CHECK(shell("zoomin start -a c").status != 0);
  CHECK(host.unchanged());
  shell("zoomin rm -f c");
}

TEST_CASE("/proc and /sys are directories, never where a link of the image leads",
          "[ways-out]") {
  const canary host;
  for (const char* name : {"proc", "sys"}) {
    INFO(name);
    import_busybox("hostile",
                   fmt::format("rm -rf {0}; mkdir -p v/d; ln -s v/d {0}", name));
    const auto refused = shell("zoomin run --rm -v v:/v hostile true");
    CHECK(refused.status == 125);
    CHECK(contains(refused.errors, "make it a directory"));
    shell("zoomin rmi hostile; zoomin volume rm v");
    import_busybox("hostile", fmt::format("rm -rf {0}; touch {0}", name));
    CHECK(shell("zoomin run --rm hostile true").status == 125);
    shell("zoomin rmi hostile");
    import_busybox("bare", fmt::format("rm -rf {0}", name));
    CHECK(shell(fmt::format("zoomin run --rm bare ls /{}/kernel /{}/self", name, name))
              .output != "");
    shell("zoomin rmi bare");
  }
  CHECK(host.unchanged());
}

TEST_CASE("masked paths of /sys are masked with --network host as well", "[ways-out]") {
  import_busybox();
  for (const char* network : {"host", "none"}) {
    INFO(network);
    const auto seen = shell(fmt::format(
        "zoomin run --rm --network {} bb sh -c 'for i in firmware kernel/debug "
        "kernel/tracing devices/virtual/powercap; do [ ! -d /sys/$i ] || ls -A /sys/$i; "
        "done; grep -c \" /sys/firmware ro,nosuid,nodev,noexec\" /proc/self/mountinfo'",
        network));
    CHECK(seen.output == (output_of("ls -d /sys/firmware").empty() ? "0\n" : "1\n"));
  }
}

TEST_CASE("a container's name is never a path", "[ways-out]") {
  import_busybox();
  for (const char* name : {"../x", "a/../b", "..", ".", "/x", "a/b", "-x"}) {
    INFO(name);
    CHECK(shell(fmt::format("zoomin create --name={} bb true", name)).status == 125);
    for (const char* command : {"inspect", "start", "rm", "logs", "kill", "stop"})
      CHECK(shell(fmt::format("zoomin {} -- {}", command, name)).status != 0);
  }
  CHECK(output_of("zoomin ps -aq").empty());
}

TEST_CASE("run --user accepts only names of the image and numbers", "[ways-out]") {
  import_busybox("bb",
                 "echo '4711:x:0:0::/:/bin/sh' >> etc/passwd; "
                 "echo '4712:x:0:' >> etc/group");
  for (const char* user :
       {"4294967296", "4294967295", "2147483647", "1:", ":1", "' 1'", "+1", "-1", "0x1",
        "1:2:3", "''1' '", "1:+0", "me:4294967296"}) {
    INFO(user);
    CHECK(shell(fmt::format("zoomin run --rm -u {} bb id", user)).status == 125);
  }
  CHECK(output_of("zoomin run --rm -u 4711 bb id -u") == "4711");
  CHECK(output_of("zoomin run --rm -u 0:1 bb sh -c 'id -u; id -g'") == "0\n1");
  CHECK(output_of("zoomin run --rm -u 1:4712 bb id -g") == "4712");
}

TEST_CASE("a hostile /etc/passwd neither blocks nor leads to the host's", "[ways-out]") {
  const canary host;
  write_file(host.path() + "/../zoomin-canary-passwd", "canary:x:77:77::/:/bin/sh\n");
  for (const char* changes :
       {"ln -sf /tmp/zoomin-canary-passwd etc/passwd", "rm etc/passwd; mkfifo etc/passwd",
        "rm etc/passwd; ln -s ../../../tmp/zoomin-canary-passwd etc/passwd",
        "rm etc/passwd; truncate -s 1G etc/passwd", "rm etc/passwd; mkdir etc/passwd",
        "rm etc/passwd; ln -s passwd etc/passwd",
        "rm etc/passwd; ln -s /dev/zero etc/passwd",
        "rm etc/passwd; ln -s /proc/self/fd/0 etc/passwd"}) {
    INFO(changes);
    import_busybox("hostile", changes);
    CHECK(shell("zoomin run --rm -u canary hostile id").status == 125);
    CHECK(seconds_of("zoomin run --rm -u canary hostile id") <
          zoomin::check::stretched(2));
    CHECK(output_of("zoomin run --rm -u 5 hostile grep Uid /proc/self/status") ==
          "Uid:\t5\t5\t5\t5");
  }
  shell("rm /tmp/zoomin-canary-passwd");
}

TEST_CASE("no program of the image runs on the host", "[ways-out]") {
  const canary host;
  import_busybox("bb",
                 "for i in ps nsenter tar gzip xz zstd mount ip sh id; do rm -f bin/$i; "
                 "printf '#!/bin/busybox sh\\ntouch /token\\n' > bin/$i; "
                 "chmod +x bin/$i; done; mkdir -p lib/x86_64-linux-gnu; "
                 "for i in c.so.6 nss_files.so.2 nss_dns.so.2; do "
                 "echo none > lib/x86_64-linux-gnu/lib$i; done");
  const scratch directory;
  shell("zoomin run -d --name den bb sleep 60");
  for (const char* command :
       {"top den", "stats --no-stream den", "logs den", "inspect den", "diff den",
        "exec -u me den true", "port den", "cp den:/bin bin", "cp bin den:/b",
        "save -o saved bb", "load -i saved"}) {
    INFO(command);
    CHECK(shell(fmt::format("cd {}; zoomin {}", directory.path(), command)).status == 0);
  }
  // Commands on the host, with PATH set to the directory of the image's files.
  for (const char* with : {"gzip", "xz"}) {
    INFO(with);
    CHECK(shell(fmt::format("cd {0} && tar -C bin -c . | {1} > ../packed.{1} && "
                            "zoomin=$(command -v zoomin) && PATH=$PWD/bin && "
                            "$zoomin import ../packed.{1} other; status=$?; "
                            "/bin/rm ../packed.{1}; exit $status",
                            directory.path(), with))
              .status == 0);
  }
  CHECK(output_of("ls /token 2>/dev/null").empty());
  CHECK(shell("zoomin exec den ls /token").status != 0);
  CHECK(host.unchanged());
  shell("zoomin rm -f den; zoomin rmi other");
}

TEST_CASE("at the limit of all containers the greedy one is killed, not its sibling",
          "[ways-out][v2]") {
  import_busybox();
  shell("zoomin run -d --name sibling bb sleep 60");
  shell("zoomin run -d --name greedy bb sh -c 'sleep 1; exec tail /dev/zero'");
  const auto parent = output_of(
      "find /sys/fs/cgroup -type d -name zoomin -exec sh -c "
      "'ls -d {}/memory.max {}/memory.limit_in_bytes 2>/dev/null' \\; | head -n 1");
  if (parent.empty()) skip_loudly("no memory controller here");
  REQUIRE(shell("echo 100M > " + parent).status == 0);
  CHECK(output_of("zoomin wait greedy") == "137");
  CHECK(inspected("sibling")["State"]["Running"] == true);
  CHECK(inspected("greedy")["State"]["OOMKilled"] == true);
  shell("zoomin rm -f sibling greedy");
}

TEST_CASE("the host's loopback and its abstract sockets are out of reach", "[ways-out]") {
  import_busybox();
  subprocess listener({"busybox", "nc", "-l", "-p", "7777", "-s", "127.0.0.1"});
  const auto tried = shell(
      "zoomin run --rm bb sh -c 'gateway=$(ip route | grep default | cut -d \" \" -f 3); "
      "for i in 127.0.0.1 $gateway; do echo x | nc -w 1 $i 7777 && echo reached; done; "
      "cat /proc/net/unix | grep -c @'");
  CHECK(tried.output == "0\n");
  listener.kill(15);
}

TEST_CASE("an image's labels have no effect", "[ways-out]") {
  const canary host;
  import_busybox();
  const std::string labels =
      "zoomin.layers=" + host.path() + " zoomin.hosts=x zoomin.seccomp=unconfined " +
      "zoomin.devices=all io.podman.annotations.privileged=TRUE " +
      "org.systemd.property.DeviceAllow=all run.oci.mount_context_type=x";
  const auto made =
      shell("zoomin run --rm bb tar -c bin etc home root tmp | zoomin import -c 'LABEL " +
            labels + "' - labelled");
  REQUIRE(made.status == 0);
  const char* look =
      "sh -c 'grep -E Cap.*: /proc/1/status; grep Seccomp: /proc/1/status; "
      "cat /proc/mounts | cut -d \" \" -f 2-3; env | sort; ls / /dev'";
  shell("zoomin create --name plain bb sh; zoomin create --name told labelled sh");
  const auto plain = output_of(fmt::format("zoomin run --rm --hostname h bb {}", look));
  CHECK(contains(plain, "Seccomp:\t2"));
  CHECK(output_of(fmt::format("zoomin run --rm --hostname h labelled {}", look)) ==
        plain);
  CHECK(inspected("told")["Config"]["Labels"]["zoomin.layers"] == host.path());
  CHECK(inspected("told")["HostConfig"]["Annotations"] ==
        inspected("plain")["HostConfig"]["Annotations"]);
  shell("zoomin rm plain told; zoomin rmi labelled");
}

TEST_CASE("a thousand execs, attaches and resizes leave the monitor as small as it was",
          "[ways-out]") {
  import_busybox();
  shell(
      "zoomin run -dit --name den --log-driver none bb "
      "sh -c 'while usleep 2000; do echo tick; done'");
  const auto pid = inspected("den")["State"]["Pid"].get<int>();
  // Counts only the monitor's private memory, since pages of its code are mapped on
  // demand.
  const auto memory = [&] {
    return std::stoi(output_of(
        fmt::format("grep RssAnon /proc/$(grep PPid /proc/{}/status | cut -f 2)/status "
                    "| tr -dc 0-9",
                    pid)));
  };
  shell("for i in 1 2 3 4 5 6 7 8 9 10; do zoomin exec den true; done");
  const int before = memory();
  CHECK(
      shell("for i in $(seq 1000); do zoomin exec den true || exit; done", 120).status ==
      0);
  CHECK(memory() <= before + 256);
  terminal keyboard(
      {"sh", "-c",
       fmt::format("for i in $(seq 1000); do {} attach den; echo next; done",
                   built("zoomin"))});
  for (int i = 0; i < 1000; ++i) {
    keyboard.expect("tick");  // it is attached
    keyboard.type("\x10\x11");
    keyboard.expect("next");
  }
  terminal window({built("zoomin"), "attach", "den"});
  for (unsigned short i = 0; i < 1000; ++i) {
    window.resize(20 + i % 2, 80);
    window.expect("tick");
  }
  CHECK(memory() <= before + 256);
  shell("zoomin rm -f den");
}
