// SPDX-License-Identifier: MIT
// prune: removes unused objects only; and `container COMMAND` means `COMMAND`.
#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;

TEST_CASE("container prune removes stopped containers", "[prune]") {
  import_busybox();
  shell("zoomin container run -d --name runs bb sleep 100");
  shell("zoomin container create --name never bb true");
  shell("zoomin run --name over bb sh -c 'head -c 3000 /dev/zero > /x'");
  const auto result = shell("echo n | zoomin container prune");
  CHECK(contains(result.errors, "nothing was removed"));
  CHECK(output_of("zoomin ps -aq | wc -l") == "3");
  const std::string over = output_of("zoomin inspect -f '{{.Id}}' over");
  const auto done = shell("zoomin container prune -f");
  CHECK(done.status == 0);
  CHECK(contains(done.output, "Deleted Containers:\n"));
  CHECK(contains(done.output, over + "\n"));
  CHECK(contains(done.output, "\n\nTotal reclaimed space: 3kB\n"));
  CHECK(output_of("zoomin container ls -a --format '{{.Names}}'") == "runs");
  CHECK(output_of("zoomin container prune -f") == "Total reclaimed space: 0B");
  CHECK(output_of("zoomin container rm -f runs") == "runs");
}

TEST_CASE("image prune keeps images with a name and used images", "[prune]") {
  import_busybox("used");
  import_busybox("spare", "echo another > mark");
  const std::string dangling = output_of("zoomin images -q spare");
  import_busybox("spare", "echo newer > mark");  // takes the name
  shell("zoomin create --name has used true");
  CHECK(contains(output_of("zoomin images -q"), dangling));
  const auto first = shell("zoomin image prune -f");
  CHECK(contains(first.output, "deleted: sha256:" + dangling));
  CHECK(output_of("zoomin images --format '{{.Repository}}' | sort") == "spare\nused");
  const auto result = shell("zoomin image prune --all --force");
  CHECK(contains(result.output, "untagged: spare:latest"));
  CHECK(output_of("zoomin images --format '{{.Repository}}'") == "used");
  shell("zoomin rm has");
}

TEST_CASE("system prune removes all unused objects", "[prune]") {
  import_busybox();
  shell("zoomin network create spare; zoomin network create used");
  shell("zoomin volume create kept; zoomin run -v /data bb true");
  shell("zoomin run -d --name runs --network used bb sleep 100");
  const auto done = shell("zoomin system prune -f");
  CHECK(contains(done.output, "Deleted Networks:\nspare\n"));
  CHECK(output_of("zoomin volume ls -q | wc -l") == "2");
  CHECK(output_of("zoomin ps -a --format '{{.Names}}'") == "runs");
  CHECK(output_of("zoomin network ls -q -f name=used | wc -l") == "1");
  CHECK(output_of("zoomin images -q | wc -l") == "1");
  shell("zoomin rm -f runs");
  const std::string size = output_of("zoomin images --format '{{.Size}}'");
  const auto more = shell("zoomin system prune --all --volumes -f");
  CHECK(contains(more.output, "\n\nTotal reclaimed space: " + size + "\n"));
  CHECK(contains(more.output, "Deleted Networks:\nused\n"));
  CHECK(contains(more.output, "untagged: bb:latest"));
  CHECK(output_of("zoomin volume ls -q; zoomin volume rm kept") == "kept\nkept");
  CHECK(output_of("zoomin images -q").empty());
}

TEST_CASE("prune removes only what the filter selects", "[prune]") {
  import_busybox();
  shell("zoomin create --name old --label tier=db bb true; sleep 2");
  shell("zoomin create --name new --label keep bb true");
  shell("zoomin network create --label keep kept; zoomin network create spare");
  shell("zoomin volume create --label keep kept; zoomin volume create spare");
  CHECK(contains(output_of("zoomin container prune -f --filter until=1s"), "Deleted"));
  CHECK(output_of("zoomin ps -a --format '{{.Names}}'") == "new");
  CHECK(output_of("zoomin container prune -f --filter label=tier") ==
        "Total reclaimed space: 0B");
  output_of("zoomin network prune -f --filter label!=keep");
  output_of("zoomin volume prune -af --filter 'label!=keep'");
  CHECK(output_of("zoomin network ls --format '{{.Name}}' -f driver=bridge") ==
        "bridge\nkept");
  CHECK(output_of("zoomin volume ls -q") == "kept");
  output_of("zoomin system prune -af --filter label=nosuch");
  CHECK(output_of("zoomin images -q | wc -l") == "1");
  CHECK(output_of("zoomin ps -aq | wc -l") == "1");
  CHECK(shell("zoomin volume prune -f --filter until=1s").status == 125);
  CHECK(shell("zoomin system prune -f --volumes --filter until=1s").status == 125);
  CHECK(shell("zoomin image prune -f --filter colour=red").status == 125);
  CHECK(shell("zoomin system prune < /dev/null").status == 0);
  output_of("zoomin rm new; zoomin network rm kept; zoomin volume rm kept");
}
