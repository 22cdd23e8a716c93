// SPDX-License-Identifier: MIT
// Registries that misbehave, and pulls that end early: bad_registry.py.
#include <fmt/format.h>
#include <signal.h>

#include <chrono>
#include <thread>

#include "common/paths.hpp"
#include "final/busybox.hpp"
#include "final/registries.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"
#include "support/terminal.hpp"

using namespace zoomin::test;

namespace {

using namespace std::chrono_literals;

run_result pull(const std::string& repository, int patience_s = 3) {
  return shell(
      fmt::format("ZOOMIN_REGISTRY_TIMEOUT={} zoomin pull --platform linux/amd64 "
                  "localhost:5001/{}:1",
                  patience_s, repository),
      60);
}

// Returns the names of all files in the store, sorted, but for its lock files.
std::string pulled_files() {
  return output_of(
      fmt::format("cd {} && find images layers | grep -v '/\\.[a-z]*$' | sort",
                  zoomin::root_directory()));
}

// Checks that a pull prints one line that contains `reason`, and leaves nothing behind.
void check_pull_refused(const std::string& repository, const std::string& reason,
                        int patience_s = 3) {
  const auto refused = pull(repository, patience_s);
  INFO(repository << ": " << refused.output << refused.errors);
  CHECK(refused.status == 1);
  CHECK(lines_without_hints(refused.errors) == 1);
  CHECK(contains(refused.errors, reason));
  CHECK(!contains(pulled_files(), "sha256/"));
  CHECK(!contains(pulled_files(), "layers/"));
}

void check_pulled(const std::string& repository) {
  const auto pulled = pull(repository);
  INFO(repository << ": " << pulled.errors);
  CHECK(pulled.status == 0);
  CHECK(contains(pulled.output, "Status: Downloaded newer image"));
  CHECK(shell("zoomin rmi localhost:5001/" + repository + ":1").status == 0);
}

// The image `large`, whose layer of 40 MB of zeros is sent in two pieces.
class image_of_40_mb {
 public:
  image_of_40_mb() {
    const scratch files;
    CHECK(shell(fmt::format("cd {} && truncate -s 40M zeros && tar c zeros | "
                            "zoomin import - large",
                            files.path()))
              .status == 0);
  }
  image_of_40_mb(const image_of_40_mb&) = delete;
  image_of_40_mb& operator=(const image_of_40_mb&) = delete;
  ~image_of_40_mb() { shell("zoomin rmi -f $(zoomin images -q large)"); }
};

run_result push(const std::string& repository) {
  return shell(fmt::format("zoomin tag large localhost:5001/{0}:1 && "
                           "zoomin push localhost:5001/{0}:1",
                           repository),
               60);
}

}  // namespace

TEST_CASE("a layer that doesn't match the manifest is refused", "[registry]") {
  const bad_registry registry;
  check_pull_refused("flip", "layer sha256:");
  check_pull_refused("short", "bytes, but the manifest says");
  check_pull_refused("long", "bytes, but the manifest says");
  check_pull_refused("size", "bytes, but the manifest says");
  check_pull_refused("diffid", "the digest is sha256:");
  check_pull_refused("lies", "localhost:5001");
  check_pull_refused("bomb", "decompresses to more than");
  check_pulled("right");
}

TEST_CASE("an invalid manifest is refused", "[registry]") {
  const bad_registry registry;
  check_pull_refused("both", "is an index as well");
  check_pull_refused("digestpath", "is not a sha256 digest");
  check_pull_refused("manylayers", "at most 200 can be mounted");
  check_pull_refused("other-platform", "no matching manifest for linux/amd64");
  check_pull_refused("schema1", "schema version 1");
  check_pull_refused("huge", "larger than");
  const auto log = registry.log();
  CHECK(std::stoul(log.substr(log.find("taken ") + 6)) < 32UL << 20);
}

TEST_CASE("a transfer that breaks is continued where it broke", "[registry]") {
  const bad_registry registry;
  check_pulled("resets");
  CHECK(registry.count("bytes=800000-") == 1);
  CHECK(registry.count("bytes=2400000-") == 1);
  check_pulled("resets-without-ranges");
  check_pull_refused("wrong-range", "the registry sent the range");
}

TEST_CASE("a request to a busy registry is repeated after the time that it asks for",
          "[registry]") {
  const bad_registry registry;
  const auto begin = std::chrono::steady_clock::now();
  check_pulled("busy");
  CHECK(std::chrono::steady_clock::now() - begin > 2s);
  CHECK(registry.count("GET localhost:5001/v2/busy/manifests/1 ") == 3);
  check_pull_refused("broken", "disk failed");
  CHECK(registry.count("GET localhost:5001/v2/broken/manifests/1 ") == 5);
  check_pull_refused("later", "it asks to wait 86400 s");
  check_pull_refused("hangs", "no answer for 1 s", 1);
}

TEST_CASE("redirections can't change the scheme, form a loop or leak credentials",
          "[registry]") {
  const bad_registry registry;
  const scratch home;
  ::setenv("DOCKER_CONFIG", home.path().c_str(), 1);
  write_file(home / "config.json",
             R"({"auths": {"localhost:5001": {"auth": "bWU6c2VjcmV0"}}})");
  check_pull_refused("circle", "redirects");
  check_pull_refused("ftp", "ftp");
  check_pull_refused("file", "file");
  check_pull_refused("foreign", "fetch sha256:");
  CHECK(registry.count("/stolen") == 0);
  check_pulled("elsewhere");
  CHECK(registry.count("GET localhost:5001/v2/elsewhere/manifests/1 - credentials") == 1);
  CHECK(registry.count("GET 127.0.0.2:5001/v2/elsewhere/blobs") == 1);
  const auto log = registry.log();
  const auto elsewhere = log.substr(log.find("GET 127.0.0.2"));
  CHECK(elsewhere.substr(0, elsewhere.find('\n')).ends_with(" - -"));
}

TEST_CASE("a registry's tokens are fetched, and fetched again when they expire",
          "[registry]") {
  const bad_registry registry;
  check_pulled("token");
  CHECK(registry.count("GET localhost:5001/token?service=bad&scope="
                       "repository%3Atoken%3Apull ") == 2);
}

TEST_CASE("a push that breaks is continued where it broke", "[registry]") {
  const bad_registry registry;
  const image_of_40_mb image;
  const auto puts = [&](const std::string& repository) {
    const auto pushed = push(repository);
    INFO(repository << ": " << pushed.errors << registry.log());
    CHECK(pushed.status == 0);
    CHECK(registry.count(
              fmt::format("PUT localhost:5001/v2/{}/manifests/1 ", repository)) == 1);
  };
  puts("closes");
  CHECK(registry.count(" 5000000-38554431 ") == 1);  // 32 MiB from where it broke
  puts("unheard");
  puts("forgets");
  CHECK(registry.count("POST localhost:5001/v2/forgets/blobs/uploads/ ") == 2);
  puts("fails-twice");
  puts("takes-one-byte");
  CHECK(registry.count(" 1-33554432 ") == 1);
  puts("takes-half");
  CHECK(registry.count(" 16777216-50331647 ") == 0);
  CHECK(registry.count(" 16777216-41") == 1);
}

TEST_CASE("a push that can't be continued fails with one line", "[registry]") {
  const bad_registry registry;
  const image_of_40_mb image;
  const auto fails = [&](const std::string& repository, const std::string& reason) {
    const auto pushed = push(repository);
    INFO(repository << ": " << pushed.errors << registry.log());
    CHECK(pushed.status == 1);
    CHECK(lines_without_hints(pushed.errors) == 1);
    CHECK(contains(pushed.errors, reason));
    CHECK(registry.count(fmt::format("PUT localhost:5001/v2/{}/manifests", repository)) ==
          0);
  };
  fails("invents", "but only 33554432 were sent");
  fails("fails", "localhost:5001 answered: unknown: disk failed");
}

TEST_CASE("a proxy is used, but not for this machine's own registries", "[registry]") {
  const bad_registry registry;
  const std::string with_proxy =
      "https_proxy=http://localhost:5001 HTTP_PROXY=http://localhost:5001 zoomin ";
  const auto through = shell(with_proxy + "pull registry.test/web:1");
  CHECK(through.status == 1);
  CHECK(contains(through.errors, "502"));
  const int through_proxy = registry.count("CONNECT registry.test:443");
  CHECK(through_proxy > 0);
  CHECK(shell(with_proxy + "pull localhost:5001/right:1").status == 0);
  CHECK(registry.count("CONNECT") == through_proxy);
}

namespace {

// Runs a command while /etc/resolv.conf names a server that never answers.
run_result with_silent_name_server(const std::string& options,
                                   const std::string& command) {
  const scratch files;
  write_file(files / "resolv.conf", "nameserver 127.0.0.9\noptions " + options + "\n");
  write_file(files / "silent.py",
             "import socket, time\n"
             "server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
             "server.bind(('127.0.0.9', 53))\ntime.sleep(30)\n");
  return shell(
      fmt::format("python3 {0}/silent.py & server=$!; sleep 0.5; unshare -m sh -c 'mount "
                  "--bind {0}/resolv.conf /etc/resolv.conf && exec {1}'; status=$?; "
                  "kill $server; exit $status",
                  files.path(), command));
}

}  // namespace

TEST_CASE("a pull says soon that it waits for a name server", "[registry]") {
  const auto tried =
      with_silent_name_server("timeout:3 attempts:1", "zoomin pull registry.test/web");
  INFO(tried.errors);
  CHECK(tried.status == 1);
  CHECK(contains(tried.errors, "waiting for the address of registry.test"));
  CHECK(contains(tried.errors, "Could not resolve host: registry.test"));
}

TEST_CASE("Ctrl-C ends a pull that waits for a name server", "[registry]") {
  const auto begin = std::chrono::steady_clock::now();
  const auto stopped = with_silent_name_server(
      "timeout:25 attempts:1",
      "timeout --preserve-status --foreground -s INT 1 zoomin pull registry.test/web");
  CHECK(stopped.status == 128 + SIGINT);
  CHECK(std::chrono::steady_clock::now() - begin < 15s);
}

TEST_CASE("a pull on a terminal shows a bar for each layer", "[registry]") {
  const bad_registry registry;
  terminal screen({built("zoomin"), "pull", "localhost:5001/slow:1"});
  screen.expect(": Downloading [=");
  screen.type("\x03");
  CHECK(screen.end() == 128 + SIGINT);
}

TEST_CASE("Ctrl-C ends a pull at once and removes what it has fetched", "[registry]") {
  const bad_registry registry;
  subprocess slow({built("zoomin"), "pull", "localhost:5001/slow:1"});
  CHECK(slow.line() == "1: Pulling from slow");
  std::this_thread::sleep_for(500ms);
  slow.kill(SIGINT);
  const auto begin = std::chrono::steady_clock::now();
  CHECK(slow.end() == 128 + SIGINT);
  CHECK(std::chrono::steady_clock::now() - begin < 2s);
  CHECK(!contains(pulled_files(), "sha256/"));
  CHECK(!contains(pulled_files(), "layers/"));
}

TEST_CASE("timeout and the end of a terminal end a pull like Ctrl-C", "[registry]") {
  const bad_registry registry;
  // It sends two signals, of which the second must not kill.
  CHECK(shell("timeout --preserve-status 1 zoomin pull localhost:5001/slow:1").status ==
        128 + SIGTERM);
  CHECK(!contains(pulled_files(), ".new-"));
  subprocess slow({built("zoomin"), "pull", "localhost:5001/slow:1"});
  CHECK(slow.line() == "1: Pulling from slow");
  slow.kill(SIGHUP);
  CHECK(slow.end() == 128 + SIGHUP);
  CHECK(!contains(pulled_files(), ".new-"));
}

TEST_CASE("a pull that nohup has started survives its terminal", "[registry]") {
  const bad_registry registry;
  CHECK(output_of(
            "trap '' HUP; zoomin pull -q localhost:5001/slow:1 & sleep 1; kill -HUP $!; "
            "sleep 0.5; kill -0 $! && echo continues; kill $!; wait $!; echo $?") ==
        fmt::format("continues\n{}", 128 + SIGTERM));
}

TEST_CASE("Ctrl-C ends a push that the registry keeps waiting", "[registry]") {
  const bad_registry registry;
  const image_of_40_mb image;
  CHECK(shell("zoomin tag large localhost:5001/fails:1").status == 0);
  subprocess slow({built("zoomin"), "push", "localhost:5001/fails:1"});
  CHECK(slow.line() == "The push refers to repository [localhost:5001/fails]");
  std::this_thread::sleep_for(500ms);
  slow.kill(SIGINT);
  CHECK(slow.end() == 128 + SIGINT);
}

TEST_CASE("Ctrl-C ends a build that pulls", "[registry]") {
  const bad_registry registry;
  const scratch files;
  write_file(files / "Dockerfile", "FROM localhost:5001/slow:1\n");
  terminal screen({built("zoomin"), "build", files.path()});
  screen.expect(": Downloading [=");
  screen.type("\x03");
  CHECK(screen.end() == 128 + SIGINT);
  CHECK(!contains(pulled_files(), ".new-"));
}

TEST_CASE("a killed pull leaves nothing that the next one can't remove", "[registry]") {
  const bad_registry registry;
  for (int i = 0; i < 40; ++i) {
    subprocess killed({built("zoomin"), "pull", "localhost:5001/right:1"});
    std::this_thread::sleep_for(5ms * i);
    killed.kill(SIGKILL);
    killed.end();
    const auto images = shell("zoomin images -q");
    CHECK(images.status == 0);
    CHECK(images.errors.empty());
  }
  CHECK(pull("right").status == 0);
  CHECK(shell("zoomin system check").status == 0);
  CHECK(output_of("find " + zoomin::root_directory() + " -name '.new-*'") == "");
  CHECK(shell("zoomin rmi localhost:5001/right:1").status == 0);
  CHECK(!contains(pulled_files(), "sha256/"));
  CHECK(!contains(pulled_files(), "layers/"));
}

TEST_CASE("a pull onto a full disk leaves nothing behind", "[registry]") {
  const bad_registry registry;
  const scratch directory;
  const auto tried = shell(
      fmt::format("export ZOOMIN_ROOT={0}; mount -t tmpfs -o size=4m small {0}\n"
                  "zoomin pull localhost:5001/right:1 > /dev/null; echo $?\n"
                  "find {0}/images/blobs {0}/layers -mindepth 2; zoomin images -q\n"
                  "mount -o remount,size=64m {0}; zoomin pull -q localhost:5001/right:1\n"
                  "zoomin rmi localhost:5001/right:1 > /dev/null; umount {0}",
                  directory.path()));
  INFO(tried.errors);
  CHECK(tried.output == "1\nlocalhost:5001/right:1\n");
  CHECK(contains(tried.errors, "No space left on device"));
}

TEST_CASE("two pulls of one image at once fetch each layer once", "[registry]") {
  const bad_registry registry;
  const auto both = shell(
      "zoomin pull -q localhost:5001/right:1 & zoomin pull -q localhost:5001/right:1; "
      "wait $!");
  INFO(both.errors);
  CHECK(both.status == 0);
  CHECK(both.output == "localhost:5001/right:1\nlocalhost:5001/right:1\n");
  CHECK(registry.count("/v2/right/blobs/") <= 4);  // two layers; the configuration twice
}
