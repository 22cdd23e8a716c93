// SPDX-License-Identifier: MIT
// events: which events are emitted, how they are filtered, and that none is lost.
#include <fmt/format.h>
#include <poll.h>
#include <time.h>

#include <nlohmann/json.hpp>

#include "base/event_stream.hpp"
#include "base/timestamp.hpp"
#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;

namespace {

// Returns the actions of all events so far, one on each line.
std::string actions(const std::string& more = "") {
  return output_of("zoomin events --since 1h --until 0s --format '{{.Action}}' " + more);
}

}  // namespace

TEST_CASE("events show the life of a container in order", "[final]") {
  import_busybox();
  shell("zoomin run -d --name c bb sleep 1000; zoomin pause c; zoomin unpause c");
  shell("zoomin exec c sh -c 'exit 9'; zoomin rename c d; zoomin stop -t 0 d");
  shell("zoomin start d; zoomin restart -t 0 d; zoomin kill d; zoomin wait d");
  shell("zoomin rm d");
  CHECK(actions("-f type=container") ==
        "create\nstart\npause\nunpause\nexec_create: sh -c exit 9\n"
        "exec_start: sh -c exit 9\nexec_die\nrename\nkill\ndie\nstop\nstart\nkill\ndie\n"
        "stop\nstart\nrestart\nkill\ndie\ndestroy");
  CHECK(actions("--filter event=exec_start") == "exec_start: sh -c exit 9");
  CHECK(output_of("zoomin events --since 1h --until 0s --filter event=exec_die "
                  "--format '{{.Actor.Attributes.exitCode}}'") == "9");
  const auto line = output_of("zoomin events --since 1h --until 0s -f event=create");
  CHECK(contains(line, " container create "));
  CHECK(line.ends_with(" (image=bb, name=c)"));
}

TEST_CASE("events can be filtered and have Docker's format", "[final]") {
  import_busybox();
  shell(
      "zoomin run --rm --name one bb true; zoomin run --rm --name two -m 8m bb sh -c "
      "'head -c 64m /dev/zero | tail'");
  CHECK(actions("--filter container=one") == "create\nstart\ndie\ndestroy");
  CHECK(actions("-f container=two -f event=oom -f event=die") == "oom\ndie");
  CHECK(actions("-f image=other").empty());
  CHECK(actions("-f type=container -f event=create") == "create\ncreate");
  const auto event = nlohmann::json::parse(output_of(
      "zoomin events --since 1h --until 0s -f event=die -f container=one --format json"));
  CHECK(event["Type"] == "container");
  CHECK(event["status"] == "die");
  CHECK(event["from"] == "bb");
  CHECK(event["Actor"]["Attributes"]["exitCode"] == "0");
  CHECK(event["Actor"]["ID"] == event["id"]);
  CHECK(event["timeNano"].get<std::int64_t>() / 1'000'000'000 == event["time"]);
  CHECK(contains(shell("zoomin events -f colour=red").errors, "not supported"));
  CHECK(shell("zoomin events --since nonsense").status != 0);
  CHECK(shell("zoomin events x").status == 1);
}

TEST_CASE("events cover images, volumes and networks", "[final]") {
  import_busybox();
  const scratch directory;
  output_of("zoomin tag bb other:1; zoomin rmi other:1");
  output_of("zoomin volume create vol; zoomin volume rm vol");
  output_of("zoomin network create web; zoomin network rm web");
  output_of(
      fmt::format("cd {}; zoomin save bb -o bb.tar; zoomin rmi bb; zoomin load -i bb.tar",
                  directory.path()));
  CHECK(actions("-f type=image") == "import\ntag\nuntag\nuntag\ndelete\nload");
  CHECK(actions("-f image=other:1") == "tag\nuntag");
  CHECK(actions("-f volume=vol") == "create\ndestroy");
  CHECK(actions("-f network=web") == "create\ndestroy");
  CHECK(actions("-f type=volume -f event=destroy") == "destroy");
  const auto line = output_of("zoomin events --since 1h --until 0s -f event=import");
  CHECK(contains(line, " image import sha256:"));
  CHECK(line.ends_with(" (name=bb:latest)"));
}

TEST_CASE("events show the networks and volumes of a run, and its end", "[final]") {
  import_busybox();
  output_of("zoomin network create web; zoomin network create back");
  output_of("zoomin run -d --name c --network web -v vol:/data:ro bb sleep 1000");
  output_of("zoomin network connect back c; zoomin network disconnect back c");
  const auto id = output_of("zoomin inspect -f '{{.Id}}' c");
  output_of("zoomin rm -f c");
  CHECK(actions("-f network=web") == "create\nconnect\ndisconnect");
  CHECK(actions("-f network=back") == "create\nconnect\ndisconnect");
  CHECK(actions("-f volume=vol") == "create\nmount\nunmount");
  CHECK(output_of("zoomin events --since 1h --until 0s -f event=connect -f network=web "
                  "--format '{{.Actor.Attributes.container}}'") == id);
  CHECK(output_of("zoomin events --since 1h --until 0s -f event=mount --format "
                  "'{{.Actor.Attributes.destination}} "
                  "{{index .Actor.Attributes \"read/write\"}}'") == "/data false");
  output_of("zoomin network rm web back; zoomin volume rm vol");
}

TEST_CASE("a failed run leaves no network connected in the events", "[final]") {
  import_busybox();
  CHECK(shell("zoomin run --rm bb /nothing").status == 127);
  CHECK(actions("-f type=network") == "connect\ndisconnect");
}

TEST_CASE("events are followed, and end with their reader", "[final]") {
  import_busybox();
  const scratch directory;
  shell(
      fmt::format("cd {}; (zoomin events | head -1) > told & "
                  "until zoomin run --rm bb true; [ -s told ]; do :; done; wait",
                  directory.path()));
  CHECK(output_of("ps -eo args | grep -c '[z]oomin events'") == "0");
}

TEST_CASE("many writers and a follower lose no event", "[final]") {
  import_busybox();
  const scratch directory;
  shell(fmt::format("zoomin create --name c bb true; cd {}; "
                    "(zoomin events --since 1h -f event=rename --format "
                    "'{{{{.Actor.Attributes.name}}}}' > all & echo $! > pid); "
                    "for i in 1 2 3 4; do (for j in $(seq 25); do zoomin create --name "
                    "n$i-$j bb true; zoomin rename n$i-$j m$i-$j; done >/dev/null) & "
                    "done; wait",
                    directory.path()),
        120);
  shell(
      fmt::format("cd {}; until [ $(wc -l < all) -ge 100 ]; do :; done; "
                  "kill $(cat pid)",
                  directory.path()));
  CHECK(output_of(fmt::format("sort -u {}/all | wc -l", directory.path())) == "100");
  CHECK(output_of(fmt::format("wc -l < {}/all", directory.path())) == "100");
  shell("zoomin rm $(zoomin ps -aq)");
}

TEST_CASE("a stream of events can be polled, and ends at its time", "[final]") {
  zoomin::base::event_stream events("", "");
  std::string seen;
  const auto take = [&](std::string_view, std::string_view json) { seen += json; };
  pollfd ready{events.fd(), POLLIN, 0};
  CHECK(events.next(take));
  CHECK(::poll(&ready, 1, 0) == 0);
  output_of("zoomin volume create v");
  for (int tries = 0; seen.empty() && tries < 100; ++tries) {
    CHECK(::poll(&ready, 1, 10'000) == 1);
    CHECK(events.next(take));
  }
  CHECK(contains(seen, "\"Action\":\"create\""));
  CHECK(::poll(&ready, 1, 0) == 0);

  timespec soon{};
  ::clock_gettime(CLOCK_REALTIME, &soon);
  soon.tv_sec += 1;
  zoomin::base::event_stream brief("", zoomin::base::timestamp_text(soon));
  CHECK(brief.next(take));
  ready.fd = brief.fd();
  CHECK(::poll(&ready, 1, 10'000) == 1);
  CHECK_FALSE(brief.next(take));
  output_of("zoomin volume rm v");
}
