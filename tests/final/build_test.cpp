// SPDX-License-Identifier: MIT
// build: images from Dockerfiles, the build cache, and mistakes in Dockerfiles.
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "common/paths.hpp"
#include "common/sys.hpp"
#include "final/busybox.hpp"
#include "final/registries.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"
#include "support/terminal.hpp"

using namespace zoomin::test;

namespace {

// A build context in a private directory. The destructor removes the build cache, so that
// only images are left behind.
class build_context {
 public:
  explicit build_context(const std::string& dockerfile) {
    import_busybox();
    add("Dockerfile", dockerfile);
  }
  build_context(const build_context&) = delete;
  build_context& operator=(const build_context&) = delete;
  ~build_context() { shell("zoomin builder prune -af"); }

  void add(const std::string& name, const std::string& content) const {
    const auto path = std::filesystem::path(files_ / name);
    std::filesystem::create_directories(path.parent_path());
    write_file(path, content);
  }
  // Builds with these arguments, in the context's directory.
  [[nodiscard]] run_result build(const std::string& arguments = "-t new .") const {
    return shell(fmt::format("cd {} && zoomin build {}", files_.path(), arguments), 60);
  }
  // Builds the image `new`, and checks that this succeeds.
  std::string builds(const std::string& arguments = "-t new .") const {
    const auto built = build(arguments);
    INFO(built.errors);
    REQUIRE(built.status == 0);
    return built.errors;
  }

  [[nodiscard]] const std::string& path() const { return files_.path(); }

 private:
  scratch files_;
};

std::string in_new(const std::string& line) {
  return output_of("zoomin run --rm new sh -c '" + line + "'");
}

}  // namespace

TEST_CASE("an image is built from a Dockerfile, and a container of it runs", "[build]") {
  const build_context box(
      "FROM bb\nWORKDIR /app\nCOPY app.txt .\nCOPY tree /data/\n"
      "RUN cat app.txt > /out && rm app.txt\nCMD [\"cat\", \"/out\"]\n");
  box.add("app.txt", "hello\n");
  box.add("tree/deep/file", "deep\n");
  box.builds();
  CHECK(output_of("zoomin run --rm new") == "hello");
  CHECK(in_new("ls /app; cat /data/deep/file; pwd") == "deep\n/app");
}

TEST_CASE("a second build takes every step from the cache and gives the same image",
          "[build]") {
  const build_context box("FROM bb\nCOPY app.txt /\nRUN date +%N > /when\nENV A=1\n");
  box.add("app.txt", "hello\n");
  const std::string first = box.builds("-q -t new . ");
  const std::string id = output_of("zoomin images -q --no-trunc new");
  const std::string log = box.builds();
  CHECK(output_of("zoomin images -q --no-trunc new") == id);
  CHECK(contains(log, "[2/4] COPY app.txt /: cached, 6B"));
  CHECK(contains(log, "[3/4] RUN date +%N > /when: cached"));
  CHECK(contains(log, "[4/4] ENV A=1: cached"));

  box.add("app.txt", "changed\n");
  const std::string rebuilt = box.builds();
  CHECK(contains(rebuilt, "[2/4] COPY app.txt /: 0."));
  CHECK(!contains(rebuilt, "cached"));
  CHECK(output_of("zoomin images -q --no-trunc new") != id);
  CHECK(!contains(box.builds("--no-cache -t new ."), "cached"));
}

TEST_CASE("a failing RUN ends the build with its place and its output", "[build]") {
  const build_context box("FROM bb\n\nRUN echo before; exit 7\nRUN touch /never\n");
  const auto failed = box.build();
  CHECK(failed.status == 1);
  CHECK(contains(failed.errors, "\nbefore\n"));
  CHECK(contains(failed.errors,
                 "zoomin: Dockerfile:3:1: process \"RUN echo before; exit 7\" did not "
                 "complete successfully: exit code: 7\n"
                 " 3 | RUN echo before; exit 7\n   | ^\n"));
  CHECK(output_of("zoomin images -q new") == "");
}

TEST_CASE("a mistake in a Dockerfile is reported with its line", "[build]") {
  const build_context box("FROM bb\n  RUNN true\n");
  const auto failed = box.build();
  CHECK(failed.status == 1);
  CHECK(failed.errors ==
        "zoomin: Dockerfile:2:3: unknown instruction: RUNN\n 2 |   RUNN true\n   |   ^\n"
        "hint: did you mean RUN?\n");
}

TEST_CASE("whatever fails in a step is reported with its line", "[build]") {
  const build_context box("");
  for (const auto& [step, reason] :
       {std::pair{"RUN [\"/nosuch\"]", "execve(/nosuch): No such file or directory"},
        {"USER nobody-here\nRUN true", "unable to find user"},
        {"COPY nothing /x", "\"nothing\": not found in the build context"},
        {"ENV A=${B", "${B: bad substitution"},
        {"COPY --from=later /x /\nFROM bb AS later",
         "stage \"later\" comes later in the Dockerfile"},
        {"RUN --mount=type=ssh true", "not supported"},
        {"RUN --security=insecure true", "not supported"},
        {"STOPSIGNAL nonsense", "invalid signal: nonsense"},
        {"FROM bb\nRUN --network=other true", "unknown network"}}) {
    INFO(step);
    box.add("Dockerfile", std::string("FROM bb AS first\n") + step + "\n");
    const auto failed = box.build(
        std::string(step).find("later") != std::string::npos ? "--target first ." : ".");
    INFO(failed.errors);
    CHECK(failed.status == 1);
    CHECK(contains(failed.errors, reason));
    CHECK(contains(failed.errors, "\nzoomin: Dockerfile:"));
    CHECK(contains(failed.errors, " | ^\n"));
  }
}

TEST_CASE("image prune doesn't count the layers that the build cache keeps", "[build]") {
  const build_context box("FROM bb\nRUN head -c 3000000 /dev/zero > /zeros\n");
  box.builds();
  const std::string size = output_of("zoomin images --format '{{.Size}}' bb");
  const auto pruned =
      shell("zoomin tag new other; zoomin rmi new > /dev/null; zoomin image prune -af");
  CHECK(contains(pruned.output, "untagged: other:latest\n"));
  CHECK(contains(pruned.output, "untagged: bb:latest\n"));
  CHECK(contains(pruned.output, "Total reclaimed space: " + size + "\n"));
  CHECK(contains(shell("zoomin builder prune -af").output, "reclaimed space: 3MB\n"));
}

TEST_CASE("builder prune removes the build cache, and what only it uses", "[build]") {
  const build_context box("FROM bb\nRUN echo x > /x\n");
  box.builds();
  CHECK(contains(output_of("zoomin system df | tr -s ' '"), "Build Cache 1 1 2B 0B"));
  shell("zoomin rmi new");
  CHECK(contains(output_of("zoomin system df | tr -s ' '"), "Build Cache 1 0 2B 2B"));
  const std::string count = fmt::format("ls {}/layers | wc -l", zoomin::root_directory());
  CHECK(output_of(count) == "2");
  const auto pruned = shell("zoomin builder prune -f");
  CHECK(contains(pruned.output, "Deleted build cache objects:\n"));
  CHECK(contains(pruned.output, "Total reclaimed space: 2B\n"));
  CHECK(output_of(count) == "1");
  CHECK(!contains(box.builds(), "cached"));
}

TEST_CASE("a layer keeps everything that a file system has", "[build]") {
  const std::string name(200, 'n');
  const build_context box(
      "FROM bb\nCOPY make check /\nCOPY nodes /t/\nRUN sh /make\nFROM scratch\nCOPY "
      "--from=0 / /\n");
  box.add("make", "set -e; mkdir -p /t/" + name +
                      "; cd /t; echo x > a; ln a b; ln -s a link; "
                      "mkfifo pipe; chmod 4755 a; chmod 1777 /t; "
                      "chown 12345:54321 link -h; printf x | dd of=sparse bs=1 "
                      "seek=50000000 2>/dev/null; touch -d @1234567890 a; "
                      "printf z > \"$(printf 'bytes\\377')\"; rm /etc/group; rm -r "
                      "/home; mkdir /home");
  box.add("check",
          "cd /t; stat -c '%n %f %u:%g %h %s' a b link pipe null sparse; "
          "stat -c %Y a; ls | wc -l; ls -d n*; cat bytes*; du -k sparse; "
          "ls /etc/group /home/me 2>&1; ls -a /home | wc -l");
  shell("mkdir " + box.path() + "/nodes; mknod " + box.path() + "/nodes/null c 1 3");
  box.builds("-t new --target 0 .");
  const std::string found = in_new("sh /check");
  CHECK(contains(found,
                 "a 89ed 0:0 2 2\nb 89ed 0:0 2 2\nlink a1ff 12345:54321 1 1\n"
                 "pipe 11a4 0:0 1 0\nnull 21a4 0:0 1 0\n"
                 "sparse 81a4 0:0 1 50000001\n1234567890\n8\n"));
  CHECK(contains(found, name + "\nnull\nz"));
  CHECK(contains(found,
                 "ls: /etc/group: No such file or directory\n"
                 "ls: /home/me: No such file or directory\n2"));
  CHECK(contains(found, "z4\tsparse"));
  // The blob gives the same files as the writable layer that became the unpacked layer.
  shell(
      "zoomin save new -o /tmp/new.tar; zoomin rmi new; zoomin builder prune -af; "
      "zoomin load -i /tmp/new.tar; rm /tmp/new.tar");
  CHECK(in_new("sh /check") == found);
  // A copy from a stage keeps it too.
  box.builds("-t new .");
  CHECK(in_new("sh /check") == found);
}

TEST_CASE("a layer is compressed once, without a time or a name", "[build]") {
  const build_context box("FROM bb\nCOPY zeros /\n");
  box.add("zeros", std::string(3 << 20, '0'));
  box.builds();
  const auto layers = [] {
    return output_of(
        "zoomin save new | tar -xO manifest.json | tr ',' '\n' | grep -o "
        "'blobs/sha256/[0-9a-f]*' | tail -n 1");
  };
  const std::string blob = layers();
  const std::string begin = output_of(fmt::format("head -c 10 {}/images/{} | od -An -tx1",
                                                  zoomin::root_directory(), blob));
  CHECK(begin.starts_with(" 1f 8b 08 00 00 00 00 00 "));
  CHECK(std::stoi(
            output_of(fmt::format("zoomin save new | tar -tv {} | tr -s ' ' | cut -d ' ' "
                                  "-f 3",
                                  blob))) < 100'000);
  shell("zoomin rmi new; zoomin builder prune -af; touch " + box.path() +
        "/zeros -d @1234567890");
  box.builds();
  shell("zoomin rmi new; zoomin builder prune -af");
  const std::string second = (box.builds(), layers());
  shell("zoomin rmi new; zoomin builder prune -af");
  CHECK((box.builds(), layers()) == second);
  CHECK(second != blob);  // the file's time is another one
}

TEST_CASE("with SOURCE_DATE_EPOCH the same input gives the same digest", "[build]") {
  const build_context box("FROM bb\nCOPY a /deep/er/\nRUN mkdir /d && echo x > /d/x\n");
  box.add("a", "hello\n");
  const std::string build =
      "export SOURCE_DATE_EPOCH=1700000000; zoomin build --no-cache -q .";
  const std::string first = output_of("cd " + box.path() + "; " + build);
  CHECK(first.starts_with("sha256:"));
  box.add("a", "hello\n");  // a new file with the same content
  CHECK(output_of("sleep 1.1; cd " + box.path() + "; " + build) == first);
  CHECK(output_of("zoomin run --rm " + first + " stat -c %Y /d /d/x /deep/er/a") ==
        "1700000000\n1700000000\n1700000000");
}

TEST_CASE("COPY from a context never leads out of it", "[build]") {
  const build_context box("FROM bb\nCOPY link /copied\n");
  shell("ln -s /etc/shadow " + box.path() + "/link; ln -s / " + box.path() + "/up");
  CHECK(contains(box.build().errors, "\"link\": not found in the build context"));
  for (const char* step :
       {"COPY up/etc/shadow /x", "COPY ../../etc/shadow /x",
        "RUN --mount=type=bind,source=up/etc,target=/m test -e /m/shadow",
        "RUN --mount=type=bind,source=/../../etc,target=/m test -e /m/shadow"}) {
    INFO(step);
    box.add("Dockerfile", std::string("FROM bb\n") + step + "\n");
    CHECK(box.build().status == 1);
  }
  // A link in the image leads to another path of the image.
  shell("touch /tmp/outside");
  box.add("Dockerfile",
          "FROM bb\nRUN ln -s /../../../tmp /out && mkdir -p /tmp\n"
          "COPY Dockerfile /out/inside\nWORKDIR /out/made\n");
  box.builds();
  CHECK(in_new("ls /tmp") == "inside\nmade");
  CHECK(output_of("ls /tmp/inside /tmp/made 2>/dev/null; rm /tmp/outside").empty());
}

TEST_CASE("a secret is in no layer, history, cache key or log", "[build]") {
  const build_context box(
      "FROM bb\nRUN --mount=type=secret,id=key grep -q s3cret /run/secrets/key\n"
      "RUN --mount=type=secret,id=key,env=KEY test -n \"$KEY\"\n");
  const scratch outside;
  write_file(outside / "key", "s3cret-value");
  const std::string with = "--secret id=key,src=" + (outside / "key") + " -t new .";
  const std::string log = box.builds(with);
  CHECK(!contains(log, "s3cret-value"));
  CHECK(output_of("grep -rl s3cret-value " + zoomin::root_directory()).empty());
  CHECK(!contains(output_of("zoomin history --no-trunc new"), "s3cret-value"));
  write_file(outside / "key", "another s3cret");
  CHECK(contains(box.builds(with),
                 "[3/3] RUN --mount=type=secret,id=key,env=KEY test "
                 "-n \"$KEY\": cached"));
  box.add("Dockerfile", "FROM bb\nRUN --mount=type=secret,id=none,required=true true\n");
  CHECK(contains(box.build().errors, "secret none: not found"));
}

TEST_CASE("RUN --mount provides a cache, a tmpfs and files of the context", "[build]") {
  const build_context box(
      "FROM bb\nARG N\nRUN --mount=type=cache,target=/c echo $N >> /c/n; cp /c/n /seen\n"
      "RUN --mount=target=/m --mount=type=tmpfs,target=/t "
      "cp /m/app /t && cp /t/app /app; ls /m > /list; ! touch /m/x 2>/dev/null\n"
      "RUN --mount=target=/m,rw echo y > /m/x\n");
  box.add("app", "hello\n");
  box.add("ignored", "x");
  box.add(".dockerignore", "ignored\n");
  box.builds("--build-arg N=1 -t new .");
  CHECK(in_new("cat /seen /app; ls /c /m /t 2>&1") ==
        "1\nhello\nls: /c: No such file or directory\nls: /m: No such file or "
        "directory\nls: /t: No such file or directory");
  CHECK(!contains(in_new("cat /list"), "ignored"));
  box.builds("--build-arg N=2 -t new .");
  CHECK(in_new("cat /seen") == "1\n2");
  CHECK(output_of("ls " + box.path() + "/x 2>/dev/null").empty());
}

TEST_CASE("a cache that several builds begin with at once is complete for each",
          "[build]") {
  const build_context box(
      "FROM bb AS full\nRUN mkdir /f && cd /f && seq 3000 | xargs touch\nFROM bb\n"
      "ARG N\nRUN --mount=type=cache,id=full-$N,target=/c,from=full,source=/f "
      "test $(ls /c | wc -l) = 3000\n"
      "RUN --mount=type=cache,id=own-$N,target=/c,uid=7,mode=0751 "
      "test \"$(stat -c '%u %a' /c)\" = '7 751'\n");
  box.builds("--build-arg N=0 -t new .");
  for (int round = 1; round <= 3; ++round) {
    const auto built = shell(
        fmt::format("cd {}; for i in 1 2 3 4; do zoomin build -q --label i=$i --no-cache "
                    "--build-arg N={} . || echo failed & done; wait",
                    box.path(), round),
        60);
    INFO(built.errors);
    CHECK(!contains(built.output, "failed"));
  }
  CHECK(shell("zoomin image prune -f").status == 0);
}

TEST_CASE("a mount point that a lower layer removed isn't left in a new layer",
          "[build]") {
  const build_context box(
      "FROM bb\nRUN mkdir -p /c /d/e\nRUN rm -r /c /d\n"
      "RUN --mount=type=tmpfs,target=/c --mount=type=tmpfs,target=/d/e true\n");
  box.builds();
  CHECK(in_new("ls -d /c /d 2>&1") ==
        "ls: /c: No such file or directory\nls: /d: No such file or directory");
}

TEST_CASE("Ctrl-C ends a build at once and leaves nothing behind", "[build]") {
  const build_context box("FROM bb\nRUN echo started; sleep 1000\n");
  const auto stopped = shell(
      "cd " + box.path() +
      "; zoomin build -t new . 2>log & build=$!; "
      "until grep -q started log; do sleep 0.1; done; kill -INT $build; wait $build");
  CHECK(stopped.status == 130);
  CHECK(output_of(fmt::format("ls -A {0}/layers | grep new; ls -A {0}/images | grep new",
                              zoomin::root_directory()))
            .empty());
}

TEST_CASE("Ctrl-C ends a build that waits for its context", "[build]") {
  for (const auto& words :
       {std::vector<std::string>{"-"}, std::vector<std::string>{"-f", "-", "/tmp"}}) {
    std::vector<std::string> command{built("zoomin"), "build"};
    command.insert(command.end(), words.begin(), words.end());
    terminal screen(command);
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    screen.type("\x03");
    CHECK(screen.end() == 128 + SIGINT);
  }
}

TEST_CASE("Ctrl-C on a terminal ends a RUN", "[build]") {
  const build_context box("FROM bb\nRUN echo started; sleep 1000\n");
  terminal screen({built("zoomin"), "build", box.path()});
  screen.expect("\nstarted");
  screen.type("\x03");
  CHECK(screen.end() == 128 + SIGINT);
}

TEST_CASE("a second Ctrl-C ends a build that can't end itself", "[build]") {
  const build_context box("FROM bb\n");
  const auto lock = zoomin::sys::open(zoomin::root_directory() + "/images/.use", O_RDWR);
  zoomin::sys::lock(lock.get());
  const auto stopped = shell(
      "zoomin build " + box.path() +
      " & build=$!; until grep -q -e \"-> FLOCK.* $build \" /proc/locks; do sleep 0.1; "
      "done; kill -INT $build; sleep 0.5; kill -0 $build && echo waits; "
      "kill -INT $build; wait $build");
  CHECK(stopped.output == "waits\n");
  CHECK(stopped.status == 130);
}

TEST_CASE("the flags of build limit the containers of RUN", "[build]") {
  const build_context box(
      "FROM bb\nRUN ulimit -n > /n; df -k /dev/shm | tail -n 1 > /shm; cat "
      "/sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max > /max || "
      "true\n");
  box.builds("-m 64m --shm-size 1m --ulimit nofile=99 --cpu-quota 50000 -t new .");
  CHECK(in_new("cat /n") == "99");
  CHECK(contains(in_new("cat /shm"), " 1024 "));
  CHECK(in_new("cat /max") == "67108864");
  CHECK(contains(box.builds(), "cached"));  // limits are no part of a step
  const auto killed = box.build("-m 1k -t new .");
  CHECK(killed.status == 1);
  CHECK(contains(killed.errors, "--memory"));
}

TEST_CASE("stages that don't need each other are built at the same time", "[build]") {
  if (std::thread::hardware_concurrency() < 2) skip_loudly("this machine has one core");
  const std::string meet =
      "RUN --mount=type=cache,id=meet,target=/m touch /m/{} && for i in $(seq 200); do "
      "test -e /m/{} && exit; sleep 0.1; done; exit 9\n";
  const build_context box(
      "FROM bb AS one\nCOPY app /app\n" + fmt::format(fmt::runtime(meet), "1", "2") +
      "RUN echo 1 > /one; echo from one\nFROM bb AS two\n" +
      fmt::format(fmt::runtime(meet), "2", "1") +
      "RUN echo 2 > /two; echo from two\nFROM one\nCOPY --from=two /two /\n");
  box.add("app", "x");
  const std::string log = box.builds();
  CHECK(in_new("cat /app /one /two") == "x1\n2");
  // The stages are shown one after the other.
  const auto last_of_one = log.find("[one 4/4] done"),
             first_of_two = log.find("[two 1/3]");
  CHECK(last_of_one != std::string::npos);
  CHECK((first_of_two != std::string::npos && last_of_one < first_of_two));
  CHECK(contains(log, "\nfrom one\n[one 4/4] done: 0."));
  const std::string id = output_of("zoomin images -q new");
  CHECK(contains(box.builds(), "[two 3/3] RUN echo 2 > /two; echo from two: cached"));
  CHECK(output_of("zoomin images -q new") == id);
}

TEST_CASE("a stage that fails ends the others", "[build]") {
  const build_context box(
      "FROM bb AS slow\nRUN sleep 60\nFROM bb AS failing\nRUN echo why; exit 3\n"
      "FROM bb\nCOPY --from=slow /bin/sh /1\nCOPY --from=failing /bin/sh /2\n");
  const auto failed = box.build();
  CHECK(failed.status == 1);
  CHECK(contains(failed.errors, "\nwhy\n"));
  CHECK(contains(failed.errors,
                 "zoomin: Dockerfile:4:1: process \"RUN echo why; exit 3\" did not "
                 "complete successfully: exit code: 3\n 4 | RUN echo why; exit 3\n   | "
                 "^\n"));
  CHECK(output_of("pgrep -f '^sleep 60'") == "");
  CHECK(output_of("ls -A " + zoomin::root_directory() + "/layers | grep new-") == "");
}

TEST_CASE("Ctrl-C ends all stages of a build", "[build]") {
  const build_context box(
      "FROM bb AS one\nRUN sleep 61\nFROM bb AS two\nRUN sleep 62\n"
      "FROM bb\nCOPY --from=one /bin/sh /1\nCOPY --from=two /bin/sh /2\n");
  for (const auto* how : {"TERM", "INT", "KILL"}) {
    INFO(how);
    const auto stopped = shell(fmt::format(
        "cd {}; zoomin build . & for i in $(seq 100); do pgrep -f '^sleep 61' && pgrep "
        "-f "
        "'^sleep 62' && break; sleep 0.1; done > /dev/null; kill -{} $!; wait $!; echo "
        "$?; "
        "sleep 0.3; pgrep -f '^sleep 6[12]'",
        box.path(), how));
    CHECK(stopped.output == (how[0] == 'T'   ? "143\n"
                             : how[0] == 'I' ? "130\n"
                                             : "137\n"));
  }
  CHECK(shell("zoomin system check").status == 0);  // removes what was killed
}

TEST_CASE("a build that is killed at any moment leaves a store that works", "[build]") {
  const build_context box(
      "FROM bb\nRUN echo one > /1\nCOPY Dockerfile /d\nRUN echo two > /2\n"
      "RUN --mount=type=cache,target=/c echo three > /3\n");
  for (int ms = 4; ms < 250; ms += 5) {
    INFO(ms);
    shell(
        fmt::format("cd {}; timeout -s KILL 0.{:03} zoomin build --no-cache -q -t new .",
                    box.path(), ms));
    if (ms % 10 != 0) continue;
    const auto checked = shell("zoomin system check && zoomin run --rm bb echo runs");
    INFO(checked.errors);
    CHECK(checked.status == 0);
  }
  box.builds("--no-cache -t new .");  // its RUNs also remove the cgroups that are left
  CHECK(in_new("cat /1 /2 /3") == "one\ntwo\nthree");
  CHECK(output_of(
            fmt::format("ls -A {0}/layers {0}/images {0}/cache/build/leases | grep -E "
                        "'new-|^[A-Za-z0-9]{{6}}$'",
                        zoomin::root_directory()))
            .empty());
  CHECK(output_of("grep -c zoomin-root /proc/self/mountinfo") == "0");
}

TEST_CASE("layers are made in memory if an overlay can't be nested", "[build]") {
  const build_context box("FROM bb\nRUN echo x > /x\nCOPY Dockerfile /d\n");
  const scratch directory("/run");
  shell(
      fmt::format("cd {} && mkdir lower upper work root && mount -t overlay -o "
                  "lowerdir=lower,upperdir=upper,workdir=work overlay root",
                  directory.path()));
  const auto built = shell(
      fmt::format(
          "cd {0}; zoomin save bb > {1}/bb.tar; export ZOOMIN_ROOT={1}/root; "
          "zoomin load -i {1}/bb.tar; "
          "zoomin build -t new . && zoomin run --rm new sh -c 'cat /x; ls /etc/group "
          "/d'; "
          "zoomin system check; ls -A $ZOOMIN_ROOT/layers | grep new-",
          box.path(), directory.path()),
      60);
  INFO(built.errors);
  CHECK(contains(built.output, "x\n/d\n"));
  CHECK(contains(built.output, "; all intact\n"));
  CHECK(!contains(built.output, "new-"));
  shell("umount " + (directory / "root"));
}

TEST_CASE("a build on a full disk fails, and the store stays intact", "[build]") {
  const build_context box("FROM bb\nRUN head -c 12000000 /dev/urandom > /big\n");
  const scratch directory("/run");
  const auto built = shell(
      fmt::format(
          "cd {0}; zoomin save bb > bb.tar; mount -t tmpfs -o size=20m tmpfs {1}; "
          "export ZOOMIN_ROOT={1}; zoomin load -i bb.tar; zoomin build -t new .; "
          "echo status $?; zoomin system check; zoomin images -q | wc -l; umount {1}",
          box.path(), directory.path()),
      60);
  INFO(built.errors);
  CHECK(contains(built.output, "status 1\n"));
  CHECK(contains(built.output, "; all intact\n1\n"));
  CHECK(contains(built.errors, "No space left on device"));
}

TEST_CASE("no cache id, stage or image leads a mount to the host", "[build]") {
  const build_context box("FROM bb AS evil\nRUN ln -s / /up; ln -s /../../../etc /out\n");
  shell("echo host > /tmp/host-file");
  for (const char* step :
       {"RUN --mount=type=cache,id=../../../../../tmp,target=/c test -e /c/host-file",
        "RUN --mount=type=cache,from=evil,source=/up,target=/c test -e /c/tmp/host-file",
        "RUN --mount=from=evil,source=up/tmp,target=/c test -e /c/host-file",
        "RUN --mount=from=evil,source=/up/../../tmp,target=/c test -e /c/host-file",
        "COPY --from=evil /up/tmp/host-file /x",
        "COPY --from=evil ../../tmp/host-file /x",
        "RUN --mount=type=tmpfs,target=/proc/self true",
        "RUN ln -s /sys /s\nRUN --mount=type=tmpfs,target=/s/kernel true",
        "RUN --mount=target=/../../../tmp/out touch /tmp/out/x"}) {
    INFO(step);
    box.add("Dockerfile",
            std::string("FROM bb AS evil\nRUN ln -s / /up\nFROM bb\n") + step + "\n");
    CHECK(box.build().status == 1);
  }
  CHECK(output_of("ls /tmp/out 2>/dev/null; cat /tmp/host-file; rm /tmp/host-file") ==
        "host");
}

TEST_CASE("commit makes an image from a container", "[build]") {
  const build_context box("FROM bb\n");
  shell("zoomin run -d --name c -e A=1 bb sh -c 'echo x > /x; rm /etc/group; sleep 100'");
  shell("until zoomin exec c test ! -e /etc/group; do :; done");
  const std::string id = output_of(
      "zoomin commit -a Ann -m 'my message' -c 'CMD [\"cat\", \"/x\"]' "
      "-c 'LABEL v=2' c com:1");
  CHECK(id == output_of("zoomin images -q --no-trunc com:1"));
  CHECK(output_of("zoomin inspect -f '{{.State.Status}}' c") == "running");
  CHECK(output_of("zoomin run --rm com:1") == "x");
  CHECK(output_of("zoomin run --rm com:1 sh -c 'ls /etc/group 2>&1; echo $A'") ==
        "ls: /etc/group: No such file or directory\n1");
  CHECK(output_of("zoomin image inspect -f '{{.Author}} {{.Config.Labels.v}}' com:1") ==
        "Ann 2");
  CHECK(contains(output_of("zoomin history com:1"), "my message"));
  shell("zoomin rm -f c; zoomin create --name never bb true");
  CHECK(output_of("zoomin run --rm $(zoomin commit never) echo runs") == "runs");
  CHECK(contains(shell("zoomin commit never Bad:Name").errors, "invalid"));
  shell("zoomin rm never");
}

TEST_CASE("ADD unpacks an archive, and checks its digest", "[build]") {
  const build_context box(
      "FROM bb\nADD a.tar.gz /d/\nADD --unpack=false a.tar.gz /raw\n");
  shell("cd " + box.path() + "; echo in > f; tar -czf a.tar.gz f");
  box.builds();
  CHECK(in_new("cat /d/f; head -c 2 /raw | od -An -tx1") == "in\n 1f 8b");
  box.add("Dockerfile", "FROM bb\nADD --checksum=sha256:00 a.tar.gz /x\n");
  CHECK(contains(box.build().errors, ", expected sha256:00"));
}

TEST_CASE("ADD downloads a file, and checks its digest", "[build]") {
  const std::string url = "http://127.0.0.1:8099/served/tool.tgz";
  const build_context box("FROM bb\nADD " + url + " /opt/\nADD --chmod=755 " + url +
                          "?v=1 conf /x/\nADD --unpack=true " + url + " /unpacked\n");
  box.add("served/tool", "tool\n");
  box.add("conf", "c");
  shell("cd " + box.path() + "/served; tar -czf tool.tgz tool; touch -d @1234567890 *");
  const auto built = [&](const std::string& dockerfile) {
    if (!dockerfile.empty()) box.add("Dockerfile", "FROM bb\n" + dockerfile);
    return shell("cd " + box.path() +
                     "; python3 -m http.server 8099 --bind 127.0.0.1 > log 2>&1 & "
                     "server=$!; cd " +
                     box.path() +
                     "; until zoomin-registry download http://127.0.0.1:8099/conf got "
                     "2> errors; do sleep 0.1; done; zoomin build -t new .; status=$?; "
                     "kill $server; exit $status",
                 60);
  };
  const auto all = built("");
  INFO(all.errors);
  REQUIRE(all.status == 0);
  CHECK(in_new("cd /; stat -c \"%n %a %u:%g %Y\" opt/* x/tool.tgz; cat unpacked/tool; "
               "cat x/conf") ==
        "opt/tool.tgz 600 0:0 1234567890\n"
        "x/tool.tgz 755 0:0 1234567890\ntool\nc");
  const std::string digest =
      output_of("sha256sum < " + box.path() + "/served/tool.tgz").substr(0, 64);
  CHECK(built("ADD --checksum=sha256:" + digest + " " + url + " /t\n").status == 0);
  CHECK(contains(built("ADD --checksum=sha256:00 " + url + " /t\n").errors,
                 "tool.tgz: the digest is sha256:" + digest + ", expected sha256:00"));
  const auto missing = built("ADD " + url + "x /t\n");
  CHECK(missing.status == 1);
  CHECK(contains(missing.errors, "served/tool.tgzx: the server answers 404"));
  box.add("Dockerfile", "FROM bb\nADD https://example.com/a.git /t\n");
  CHECK(contains(box.build().errors, "git repositories are not supported"));
}

TEST_CASE("COPY chooses owners, modes, patterns and parents", "[build]") {
  const build_context box(
      "FROM bb\nCOPY --chown=me:others --chmod=640 a/one /x\nCOPY a/*.txt /t/\n"
      "COPY --exclude=*.txt a /e\nCOPY --parents a/b/deep /p/\nCOPY a /etc/\n");
  for (const char* name : {"a/one", "a/1.txt", "a/2.txt", "a/b/deep"}) box.add(name, "x");
  box.builds();
  CHECK(in_new("stat -c \"%U:%G %a\" /x; ls /t /e; find /p -type f; ls /etc/b") ==
        "me:others 640\n/e:\nb\none\n\n/t:\n1.txt\n2.txt\n/p/a/b/deep\ndeep");
  box.add("Dockerfile", "FROM bb\nCOPY a/1.txt a/2.txt /x\n");
  CHECK(contains(box.build().errors, "more than one source requires a directory"));
  box.add("Dockerfile", "FROM bb\nCOPY --chown=nobodyknows a/1.txt /x\n");
  CHECK(box.build().status == 1);
}

TEST_CASE("ONBUILD triggers run in a build from the image", "[build]") {
  const build_context box("FROM bb\nONBUILD RUN echo triggered > /t\nONBUILD ENV T=1\n");
  box.builds("-t base .");
  box.add("Dockerfile", "FROM base\nCMD [\"sh\", \"-c\", \"cat /t; echo $T\"]\n");
  box.builds();
  CHECK(output_of("zoomin run --rm new") == "triggered\n1");
  CHECK(output_of("zoomin image inspect -f '{{.Config.OnBuild}}' new") == "[]");
}

TEST_CASE("a context may be an archive or standard input", "[build]") {
  const build_context box("FROM bb\nCOPY a /a\nCMD [\"cat\", \"/a\"]\n");
  box.add("a", "packed\n");
  const std::string in = "cd " + box.path() + "; ";
  CHECK(shell(in + "tar -cz . | zoomin build -q -t new -").status == 0);
  CHECK(output_of("zoomin run --rm new") == "packed");
  CHECK(shell(in + "echo 'FROM bb' | zoomin build -q -t new -").status == 0);
  CHECK(shell(in + "echo 'FROM bb' | zoomin build -q -f - -t new .").status == 0);
  CHECK(contains(shell(in + "zoomin build -f nothing .").errors, "no such file"));
}

TEST_CASE("an image that a build uses isn't removed meanwhile", "[build]") {
  const build_context box("FROM bb\nRUN echo started; sleep 3; ls /bin > /list\n");
  shell("zoomin tag bb other");
  box.add("Dockerfile", "FROM other\nRUN echo started; sleep 3; ls /bin > /list\n");
  const auto done = shell("cd " + box.path() +
                              "; zoomin build -t new . 2>log & build=$!; "
                              "until grep -q started log; do sleep 0.1; done; "
                              "bash -c 'time -p zoomin rmi -f other bb'; "
                              "wait $build",
                          60);
  INFO(done.errors);
  CHECK(done.status == 0);
  CHECK(contains(done.errors, "real 0."));  // rmi doesn't wait for the build
  CHECK(contains(in_new("cat /list"), "busybox"));
}

TEST_CASE("system check finds damaged blobs, layers and documents", "[build]") {
  const build_context box("FROM bb\nRUN printf z%sz qzqzqzq > /file\n");
  box.builds();
  const auto intact = shell("zoomin system check");
  CHECK(intact.status == 0);
  CHECK(contains(intact.output, "images: 2, layers: 2, blobs: 6; all intact\n"));
  const std::string blobs = zoomin::root_directory() + "/images/blobs/sha256";
  shell("cd " + blobs +
        "; for f in *; do [ $(head -c 2 $f | od -An -tx1 | tr -d ' ') = 1f8b ] && "
        "printf X | dd of=$f bs=1 seek=60 conv=notrunc; done");
  const auto damaged = shell("zoomin system check");
  CHECK(damaged.status == 1);
  CHECK(contains(damaged.errors, "new:latest: the blob's digest is sha256:"));
  shell("zoomin rmi -f new; zoomin builder prune -af");
  CHECK(shell("zoomin system check").status == 0);
}

TEST_CASE("history --shared names the images that have a layer", "[build]") {
  const build_context box("FROM bb\nRUN echo 1 > /1\nCOPY a /a\n");
  box.add("a", "first");
  box.builds("-t one .");
  box.add("a", "second");
  box.builds("-t two .");
  CHECK(output_of(
            "zoomin history --shared --format '{{.CreatedBy}}: {{.SharedWith}}' two | "
            "head -2") == "COPY a /a: \nRUN /bin/sh -c echo 1 > /1: one:latest");
}

TEST_CASE("build --explain shows what each writable layer held", "[build]") {
  const build_context box("FROM bb\nRUN rm /etc/group; echo x > /x\n");
  const std::string log = box.builds("--explain -t new .");
  CHECK(contains(log, "\n  overlay: 1 below, 1 writable on top: "));
  CHECK(contains(log,
                 "\n  C /etc\n  D /etc/group\n  A /x\n  the writable layer "
                 "becomes a layer of the image\n[2/2] done: "));
  const std::string brief = box.builds("--no-cache --explain=brief -t new .");
  CHECK(contains(brief,
                 "[2/2] RUN rm /etc/group; echo x > /x\n"
                 "  overlay: 1 layer below, an empty writable layer on top\n"
                 "  it held: D /etc/group, A /x (2 changes, 2B)\n[2/2] done: "));
  CHECK(contains(box.build("--explain=short .").errors,
                 "--explain=short: expected brief or full"));
}

TEST_CASE("build --check reports warnings and builds nothing", "[build]") {
  const build_context box("FROM bb\nCMD true\n");
  const auto checked = box.build("--check .");
  CHECK(checked.status == 1);
  CHECK(contains(checked.errors,
                 "Dockerfile:2:1: JSONArgsRecommended: JSON arguments "
                 "recommended for CMD"));
  CHECK(contains(checked.errors, " 2 | CMD true\n   | ^\n"));
  box.add("Dockerfile", "FROM bb\n");
  CHECK(output_of("cd " + box.path() + "; zoomin build --check .") ==
        "Check complete, no warnings found.");
}

TEST_CASE("an absent base image is fetched from its registry", "[build][registry]") {
  const real_registry registry;
  const build_context box("FROM localhost:5000/base:1\nRUN echo x > /x\n");
  shell(
      "zoomin tag bb localhost:5000/base:1; zoomin push localhost:5000/base:1; zoomin "
      "rmi bb localhost:5000/base:1");
  const std::string log = box.builds();
  CHECK(contains(log, "Pulling from base"));
  CHECK(in_new("cat /x") == "x");
  box.add("Dockerfile", "FROM localhost:5000/none:1\n");
  const auto failed = box.build();
  CHECK(failed.status == 1);
  CHECK(contains(failed.errors, "localhost:5000/none"));
}

TEST_CASE("after a change only the changed layer is built, pushed and pulled",
          "[build][registry]") {
  const real_registry registry;
  const std::string name = "localhost:5000/app:1";
  const build_context box("FROM bb\nRUN echo lib > /lib\nCOPY app /app\n");
  box.add("app", "first\n");
  box.builds("-t " + name + " .");
  REQUIRE(shell("zoomin push " + name).status == 0);
  shell("zoomin rmi " + name);
  REQUIRE(shell("zoomin pull " + name).status == 0);
  box.add("app", "second\n");
  const std::string log = box.builds("-t " + name + " .");
  CHECK(contains(log, "RUN echo lib > /lib: cached"));
  CHECK(!contains(log, "COPY app /app: cached"));
  REQUIRE(shell("zoomin push " + name).status == 0);
  shell("zoomin rmi " + name +
        "; zoomin builder prune -af; zoomin rmi $(zoomin images -q "
        "-f dangling=true)");
  const auto pulled = output_of("zoomin pull " + name);
  CHECK(contains(pulled, "1 of 3 layers already here"));  // busybox
  CHECK(output_of("zoomin run --rm " + name + " cat /app /lib") == "second\nlib");
}

TEST_CASE("a heredoc is a script for the shell or for its own interpreter", "[build]") {
  const build_context box(
      "FROM bb\nRUN <<EOF\necho $0 > /shell\nfalse\ntrue\nEOF\n"
      "RUN <<EOF\n#!/bin/awk -f\nBEGIN { print \"awk\" > \"/awk\" }\nEOF\n"
      "RUN cat <<A > /a; cat <<B > /b\nfirst\nA\nsecond\nB\n"
      "ARG WHO=me\nCOPY <<EOF <<\"RAW\" /d/\nfor $WHO\nEOF\nfor $WHO\nRAW\n");
  box.builds();
  CHECK(in_new("cat /shell /awk /a /b /d/EOF /d/RAW; ls /dev/heredoc 2>/dev/null") ==
        "/bin/sh\nawk\nfirst\nsecond\nfor me\nfor $WHO");
  // Another script is another step.
  box.add("Dockerfile", "FROM bb\nRUN <<EOF\n#!/bin/awk -f\nBEGIN { print 1 }\nEOF\n");
  CHECK(contains(box.builds(), "\n1\n"));
  box.add("Dockerfile", "FROM bb\nRUN <<EOF\n#!/bin/awk -f\nBEGIN { print 2 }\nEOF\n");
  CHECK(contains(box.builds(), "\n2\n"));
}

TEST_CASE("builds at the same time, and prunes meanwhile, disturb nothing", "[build]") {
  const build_context box(
      "FROM bb\nRUN echo 1 > /1\nRUN echo 2 > /2\nCOPY Dockerfile /\n");
  const auto done =
      shell("cd " + box.path() +
                "; for i in 1 2 3 4 5 6; do zoomin build -q -t new$i . & done; "
                "for i in 1 2 3; do zoomin builder prune -af; zoomin image prune -f; "
                "done >&2; wait; "
                "for i in 1 2 3 4 5 6; do zoomin run --rm new$i cat /1 /2; done | sort | "
                "uniq -c",
            100);
  INFO(done.errors);
  CHECK(contains(done.output, "      6 1\n      6 2\n"));
  CHECK(contains(output_of("zoomin system check"), "; all intact"));
}
