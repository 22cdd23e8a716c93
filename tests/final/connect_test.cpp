// SPDX-License-Identifier: MIT
// Containers on several networks, from the start and while running.
#include <fmt/format.h>

#include <sstream>

#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;

namespace {

// Returns the container's interfaces except lo: "eth0 eth1".
std::string interfaces() {
  return output_of("zoomin exec c ls /sys/class/net | grep -v lo | xargs");
}
std::string default_device() {
  return output_of("zoomin exec c ip route | sed -n 's/^default via .* dev //p' | xargs");
}
bool reaches(const std::string& name) {
  return output_of(fmt::format("zoomin exec c wget -qO- http://{}/mark", name)) == name;
}
void serve_on(const std::string& name, const std::string& network) {
  output_of(
      fmt::format("zoomin run -d --name {0} --network {1} bb sh -c "
                  "'echo {0} > /mark; exec httpd -f -p 80 -h /'",
                  name, network));
  output_of(fmt::format(
      "until zoomin exec {0} wget -qO- http://127.0.0.1/mark; do :; done", name));
}

}  // namespace

TEST_CASE("a container can be on several networks", "[final]") {
  import_busybox();
  output_of("zoomin network create one; zoomin network create two");
  serve_on("first", "one");
  serve_on("second", "two");
  output_of("zoomin run -d --name c --network one --network two bb sleep 60");
  CHECK(interfaces() == "eth0 eth1");
  CHECK(default_device() == "eth0");
  CHECK(reaches("first"));
  CHECK(reaches("second"));
  CHECK(contains(
      output_of("zoomin exec first nslookup c"),
      output_of("zoomin inspect -f '{{.NetworkSettings.Networks.one.IPAddress}}' c")));
  CHECK(shell("zoomin exec first nslookup second").status != 0);
  CHECK(output_of("zoomin ps --format '{{.Names}} {{.Networks}}' | grep '^c '") ==
        "c one,two");
  CHECK(output_of("zoomin ps -q --filter network=two | wc -l") == "2");
  const std::string address =
      output_of("zoomin inspect -f '{{.NetworkSettings.Networks.two.IPAddress}}' c");
  CHECK(contains(output_of("zoomin exec c ip -o -4 addr show eth1"), address + "/"));
  CHECK(contains(output_of("zoomin network inspect two"), address + "/"));
  CHECK(shell("zoomin network rm two").status == 1);
  output_of("zoomin rm -f c first second; zoomin network rm one two");

  for (const auto* wrong :
       {"--network none --network bridge", "--network bridge --network host",
        "--network bridge --network bridge", "--network bridge --network nosuch"}) {
    INFO(wrong);
    CHECK(shell(fmt::format("zoomin create {} bb true", wrong)).status == 125);
  }
  CHECK(output_of("zoomin ps -aq").empty());
}

TEST_CASE("each of several networks has its own options", "[final]") {
  import_busybox();
  output_of("zoomin network create one; zoomin network create two");
  output_of(
      "zoomin run -d --name c --network name=one,ip=10.80.0.7,alias=db "
      "--network name=two,ip=10.80.1.9,mac-address=02:00:00:00:00:07,alias=web,alias=www "
      "bb sleep 60");
  CHECK(output_of("zoomin exec c cat /sys/class/net/eth1/address") ==
        "02:00:00:00:00:07");
  CHECK(output_of("zoomin exec c sh -c 'ip -o -4 addr | grep -o 10.80.[0-9.]*/'") ==
        "10.80.0.7/\n10.80.1.9/");
  for (const auto* name :
       {"one db 10.80.0.7", "two web 10.80.1.9", "two www 10.80.1.9"}) {
    std::istringstream words(name);
    std::string network, alias, address;
    words >> network >> alias >> address;
    INFO(name);
    CHECK(
        contains(output_of(fmt::format("zoomin run --rm --network {} bb nslookup {} 2>&1",
                                       network, alias)),
                 "Address: " + address));
  }
  output_of("zoomin rm -f c");
  for (const char* wrong :
       {"--network name=one,ip=10.80.0.7 --ip 10.80.0.8", "--network ip=10.80.0.7",
        "--network name=one,weight=7", "--network name=one,ip=x", "--network name=nosuch",
        "--network name=bridge,alias=x"}) {
    INFO(wrong);
    const auto refused = shell(fmt::format("zoomin create {} bb true", wrong));
    CHECK(refused.status == 125);
    CHECK(lines_without_hints(refused.errors) == 1);
  }
  CHECK(output_of("zoomin ps -aq").empty());
  output_of("zoomin network rm one two");
}

TEST_CASE("a running container is connected to a network and disconnected", "[final]") {
  import_busybox();
  output_of("zoomin network create one; zoomin network create two");
  output_of("zoomin network create --internal inner");
  serve_on("second", "two");
  output_of("zoomin run -d --name c --network one bb sleep 60");
  CHECK(!reaches("second"));
  const auto joined = shell("zoomin network connect --alias also --ip 10.80.1.77 two c");
  CHECK(joined.errors.empty());
  CHECK(joined.status == 0);
  CHECK(interfaces() == "eth0 eth1");
  CHECK(reaches("second"));
  CHECK(contains(output_of("zoomin exec second nslookup also"), "10.80.1.77"));
  CHECK(default_device() == "eth0");

  // The network with the default route is removed: the other one takes over.
  CHECK(output_of("zoomin network disconnect one c").empty());
  CHECK(interfaces() == "eth1");
  CHECK(default_device() == "eth1");
  output_of("zoomin network connect inner c");
  CHECK(default_device() == "eth1");
  output_of("zoomin network disconnect two c");
  CHECK(default_device().empty());
  CHECK(!reaches("second"));
  CHECK(shell("zoomin exec second nslookup also").status != 0);

  // The change persists across a restart.
  output_of("zoomin network connect two c; zoomin restart -t 0 c");
  CHECK(output_of("zoomin ps --format '{{.Names}} {{.Networks}}' | grep '^c '") ==
        "c inner,two");
  CHECK(interfaces() == "eth0 eth1");
  CHECK(default_device() == "eth1");
  CHECK(reaches("second"));
  output_of("zoomin network disconnect inner c; zoomin network disconnect two c");
  CHECK(interfaces().empty());
  CHECK(output_of("zoomin inspect -f '{{.HostConfig.NetworkMode}}' c") == "none");
  output_of("zoomin rm -f c second; zoomin network rm one two inner");
}

TEST_CASE("a container that is connected to its first network resolves names at once",
          "[final]") {
  import_busybox();
  output_of("zoomin network create one");
  serve_on("first", "one");
  output_of("zoomin run -d --name c bb sleep 60");
  const std::string before = output_of("zoomin exec c cat /etc/resolv.conf");
  CHECK(!contains(before, "127.0.0.11"));
  output_of("zoomin network connect one c");
  CHECK(contains(output_of("zoomin exec c cat /etc/resolv.conf"),
                 "nameserver 127.0.0.11\n"));
  CHECK(reaches("first"));
  output_of("zoomin rename first second");
  CHECK(output_of("zoomin exec c wget -qO- http://second/mark") == "first");
  CHECK(shell("zoomin exec c nslookup first").status != 0);
  // A file that the container wrote is kept, and so is a file of the host.
  const scratch files;
  write_file(files / "own", before + "\n");
  output_of(
      fmt::format("zoomin run -d --name d bb sh -c 'echo mine > /etc/resolv.conf; "
                  "exec sleep 60'; zoomin run -d --name e -v {}:/etc/resolv.conf bb "
                  "sleep 60",
                  files / "own"));
  shell("until zoomin exec d grep mine /etc/resolv.conf; do :; done");
  output_of("zoomin network connect one d; zoomin network connect one e");
  CHECK(output_of("zoomin exec d cat /etc/resolv.conf") == "mine");
  CHECK(output_of("zoomin exec e cat /etc/resolv.conf") == before);
  CHECK(output_of("cat " + (files / "own")) == before);
  output_of("zoomin rm -f c d e second; zoomin network rm one");
}

TEST_CASE("a stopped container is connected to a network and disconnected", "[final]") {
  import_busybox();
  output_of("zoomin network create one");
  output_of("zoomin create --name c -p 127.0.0.1:8080:80 bb sleep 60");
  output_of("zoomin network connect one c; zoomin start c");
  CHECK(interfaces() == "eth0 eth1");
  CHECK(output_of("zoomin port c") == "80/tcp -> 127.0.0.1:8080");
  // The published ports belong to the first network.
  output_of("zoomin network disconnect bridge c");
  CHECK(output_of("zoomin port c").empty());
  CHECK(interfaces() == "eth1");
  const auto refusal = [](const std::string& words) {
    const auto refused = shell("zoomin network " + words);
    CHECK(refused.status != 0);
    return refused.errors;
  };
  CHECK(contains(refusal("connect one c"), "is already connected to network one"));
  CHECK(contains(refusal("disconnect bridge c"), "is not connected to network bridge"));
  CHECK(contains(refusal("connect nosuch c"), "nosuch"));
  CHECK(contains(refusal("connect one nosuch"), "No such container"));
  CHECK(contains(refusal("rm nosuch"), "nosuch"));
  CHECK(shell("zoomin network rm --force nosuch").status == 0);
  CHECK(contains(refusal("connect host c"), "can't be connected to the host network"));
  CHECK(contains(refusal("connect --ip 10.9.9.9 bridge c"), "10.9.9.9"));
  CHECK(contains(refusal("connect --alias x bridge c"), "user defined networks"));
  CHECK(interfaces() == "eth1");
  CHECK(shell("zoomin network disconnect --force one c").status == 0);
  CHECK(interfaces().empty());
  output_of("zoomin rm -f c; zoomin run -d --name c --network host bb sleep 60");
  CHECK(contains(refusal("connect one c"), "can't join other networks"));
  output_of("zoomin rm -f c; zoomin network rm one");
}
