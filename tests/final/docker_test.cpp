// SPDX-License-Identifier: MIT
// Images are exchanged with docker's daemon, both ways: by a registry and by archives.
#include <fmt/format.h>

#include "common/sys.hpp"
#include "final/busybox.hpp"
#include "final/registries.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;

namespace {

// Runs docker's daemon until it is destroyed. The daemon stores and exchanges images and
// starts no container, so it changes no network, firewall or cgroup. Skips the test if
// tests/docker/unpack didn't unpack it.
class docker_daemon {
 public:
  docker_daemon() {
    if (!zoomin::sys::exists(ZOOMIN_BUILD "/docker/usr/bin/docker"))
      skip_loudly("docker isn't there");
    const auto start = fmt::format(
        "PATH=" ZOOMIN_BUILD "/docker/usr/sbin:" ZOOMIN_BUILD
        "/docker/usr/bin:$PATH; "
        "exec dockerd --data-root {0}/root --exec-root {0}/exec -H unix://{0}/socket "
        "--pidfile {0}/pid --bridge=none --iptables=false --ip6tables=false "
        "--ip-forward=false > {0}/log "
        "2>&1",
        files_.path());
    server_ = std::make_unique<subprocess>(std::vector<std::string>{"sh", "-c", start});
    const auto ready = shell(fmt::format("for i in $(seq 300); do {} version > /dev/null "
                                         "2>&1 && exit; sleep 0.1; done; "
                                         "cat {}/log; exit 1",
                                         docker_, files_.path()),
                             40);
    INFO(ready.output);
    REQUIRE(ready.status == 0);
  }
  docker_daemon(const docker_daemon&) = delete;
  docker_daemon& operator=(const docker_daemon&) = delete;
  ~docker_daemon() {  // dockerd ends its containerd only after SIGTERM
    server_->kill(SIGTERM);
    server_->output(20);
  }

  // Runs a line of sh(1) in which `docker` talks to this daemon. Returns its output.
  std::string operator()(const std::string& line) const {
    const auto result = shell(
        fmt::format("docker() {{ {} \"$@\"; }}; cd {}; {}", docker_, files_.path(), line),
        60);
    INFO(line << ": " << result.output << result.errors);
    CHECK(result.status == 0);
    return result.output.substr(0, result.output.find_last_not_of('\n') + 1);
  }

 private:
  scratch files_;
  std::string docker_ = fmt::format("DOCKER_CONFIG={0} " ZOOMIN_BUILD
                                    "/docker/usr/bin/docker -H unix://{0}/socket",
                                    files_.path());
  std::unique_ptr<subprocess> server_;
};

// Builds localhost:5000/app:1, whose layers hide, replace and link files.
void build_app() {
  import_busybox();
  const scratch context;
  write_file(context / "Dockerfile",
             "FROM bb\n"
             "RUN mkdir -p /app/old && echo 1 > /app/old/a && echo 2 > /app/gone && "
             "ln /app/gone /app/again && ln -s gone /app/link && chmod 4755 /app/again\n"
             "RUN rm -r /app/old /app/gone && mkdir /app/old && echo 3 > /app/old/b && "
             "chown -R me:others /app\n"
             "ENV PORT=80\nUSER me\nENTRYPOINT [\"cat\"]\nCMD [\"/app/old/b\"]\n");
  const auto built =
      shell("zoomin build -q -t localhost:5000/app:1 " + context.path(), 60);
  INFO(built.errors);
  REQUIRE(built.status == 0);
  shell("zoomin builder prune -af");
}

// Lists an archive of a container's files, without the mount points that each runtime
// adds.
const std::string list_files =
    "tar -tv --full-time --numeric-owner | grep -v -e ' dev/' -e ' etc/' -e ' proc/' "
    "-e ' sys/' -e .dockerenv -e ' run/' | sort -k 6";

std::string our_files(const std::string& image) {
  return output_of("zoomin create --name peer " + image +
                   " > /dev/null; zoomin export peer | " + list_files +
                   "; zoomin rm peer > /dev/null");
}

std::string docker_files(const docker_daemon& docker, const std::string& image) {
  return docker("docker create --name peer " + image +
                " > /dev/null; docker export peer | " + list_files +
                "; docker rm peer > /dev/null");
}

constexpr const char* template_of_config =
    "'{{.Id}} {{.Config.Env}} {{.Config.User}} {{.Config.Entrypoint}} {{.Config.Cmd}}'";

}  // namespace

TEST_CASE("docker reads what zoomin pushes and saves", "[docker]") {
  const docker_daemon docker;
  const real_registry registry;
  build_app();
  output_of("zoomin push localhost:5000/app:1");
  docker("docker pull -q localhost:5000/app:1");
  const auto inspect = std::string("inspect -f ") + template_of_config;
  const auto config = output_of("zoomin image " + inspect + " localhost:5000/app:1");
  CHECK(contains(config, " me [cat] [/app/old/b]"));
  CHECK(docker("docker image " + inspect + " localhost:5000/app:1") == config);
  const auto files = our_files("localhost:5000/app:1");
  CHECK(contains(files, "app/old/b"));
  CHECK(!contains(files, "app/gone"));
  CHECK(docker_files(docker, "localhost:5000/app:1") == files);
  docker("docker rmi -f localhost:5000/app:1");
  docker("zoomin save localhost:5000/app:1 | docker load");
  CHECK(docker("docker image " + inspect + " localhost:5000/app:1") == config);
  CHECK(docker_files(docker, "localhost:5000/app:1") == files);
}

TEST_CASE("zoomin reads what docker pushes and saves", "[docker]") {
  const docker_daemon docker;
  const real_registry registry;
  build_app();
  const auto files = our_files("localhost:5000/app:1");
  docker("zoomin save localhost:5000/app:1 | docker load");
  // Its own build adds a layer: it needs no container for that.
  docker(
      "mkdir context; cd context; echo hello > note; "
      "printf 'FROM localhost:5000/app:1\\nCOPY note /note\\nLABEL by=docker\\n' > "
      "Dockerfile; docker build -q -t localhost:5000/theirs:1 . > /dev/null");
  docker("docker push -q localhost:5000/theirs:1");
  docker("docker save -o theirs.tar localhost:5000/theirs:1");
  const auto id = docker("docker images -q --no-trunc localhost:5000/theirs:1");
  for (const char* line :
       {"zoomin pull -q localhost:5000/theirs:1", "zoomin load -q -i theirs.tar"}) {
    INFO(line);
    docker(line);
    CHECK(output_of("zoomin images -q --no-trunc localhost:5000/theirs:1") == id);
    CHECK(output_of("zoomin run --rm localhost:5000/theirs:1 /app/old/b /note") ==
          "3\nhello");
    output_of("zoomin rmi localhost:5000/theirs:1");
  }
  // It sends back what it received: nothing is missing in the registry.
  output_of(
      "zoomin pull -q localhost:5000/theirs:1 > /dev/null; "
      "zoomin tag localhost:5000/theirs:1 localhost:5000/back:1");
  CHECK(contains(output_of("zoomin push localhost:5000/back:1"),
                 "already there: sent 0B of "));
}
