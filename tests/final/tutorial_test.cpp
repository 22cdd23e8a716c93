// SPDX-License-Identifier: MIT
// Everyday commands, as in a tutorial, with real programs.
#include <fmt/format.h>

#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;

TEST_CASE("a tutorial's commands work with alias docker=zoomin", "[final][v2]") {
  import_busybox();
  const scratch files;
  const auto result = shell(
      fmt::format(
          "cd {0}; docker() {{ zoomin \"$@\"; }}; set -e\n"
          "docker run bb echo hello\n"
          "docker run -d --name web -p 8080:80 -v $PWD:/w:ro bb httpd -f -p 80 -h /w\n"
          "echo page > index.html; until busybox wget -qO- http://127.0.0.1:8080/ "
          "2>/dev/null; do :; done\n"
          "docker ps; docker logs web; docker top web; docker stats --no-stream\n"
          "docker exec web sh -c 'echo inside > /tmp/x'; docker cp web:/tmp/x .; cat x\n"
          "docker inspect -f '{{{{.State.Status}}}}' web; docker port web; docker diff "
          "web\n"
          "docker pause web; docker unpause web; docker restart -t 0 web\n"
          "docker rename web site; docker stop -t 0 site; docker start site\n"
          "docker kill site; docker wait site; docker rm site\n"
          "docker volume create data; docker run --rm -v data:/d bb sh -c 'echo kept > "
          "/d/f'\n"
          "docker run --rm -v data:/d bb cat /d/f; docker volume rm data\n"
          "docker network create net; docker run -d --name db --network net bb sleep 60\n"
          "docker run --rm --network net bb nslookup -type=a db | grep -c Name\n"
          "docker rm -f db; docker network rm net\n"
          "docker tag bb mine:1; docker images; docker history mine:1\n"
          "docker save -o mine.tar mine:1; docker rmi mine:1; docker load -i mine.tar\n"
          "docker run --rm -m 64m --cpus 0.5 -e A=b -w /tmp -u 1000 mine:1 sh -c 'echo "
          "$A; "
          "pwd'\n"
          "docker rmi mine:1; docker system df; docker info; docker version\n"
          "docker container prune -f; docker image prune -f; docker volume prune -f\n"
          "docker network prune -f; docker ps -aq | wc -l",
          files.path()),
      120);
  INFO(result.output << result.errors);
  CHECK(result.status == 0);
  CHECK(result.errors.empty());
  for (const char* character :
       {"hello\n", "page\n", "inside\n", "running\n", "80/tcp -> 0.0.0.0:8080\n", "137\n",
        "kept\n", "Loaded image: mine:1\n", "b\n/tmp\n"})
    CHECK(contains(result.output, character));
  CHECK(result.output.ends_with("\n0\n"));
}

TEST_CASE("a database on a volume is kept for the next container", "[final]") {
  // The distribution's program, with its libraries.
  import_busybox("db",
                 "cp /usr/bin/sqlite3 bin; for i in $(ldd /usr/bin/sqlite3 | "
                 "grep -o '/[^ ]*'); do mkdir -p .${i%/*}; cp -L $i .$i; done");
  const auto ask = [](const std::string& flags, const std::string& statement) {
    return output_of(
        fmt::format("zoomin run --rm {} -v data:/data db sqlite3 /data/it.db \"{}\"",
                    flags, statement));
  };
  CHECK(ask("", "create table t(n); insert into t values(1),(2);").empty());
  CHECK(ask("", "select sum(n) from t;") == "3");
  // It locks the file, also between containers.
  shell(
      "for i in $(seq 8); do zoomin run --rm -v data:/data db sqlite3 -cmd '.timeout "
      "20000' /data/it.db 'insert into t values(10);' & done; wait");
  CHECK(ask("", "select count(*), sum(n) from t;") == "10|83");
  CHECK(ask("", "pragma integrity_check;") == "ok");
  CHECK(ask("--read-only", "select count(*) from t;") == "10");
  output_of("zoomin volume rm data");
}
