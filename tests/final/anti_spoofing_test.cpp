// SPDX-License-Identifier: MIT
// Tests of the anti-spoofing rules: the packets that a container with NET_RAW can't send.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <nlohmann/json.hpp>

#include <set>

#include "common/fd.hpp"
#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;

namespace {

// The host's address and the port to which traceroute(1) sends its first packet.
class listener {
 public:
  listener() : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(33435);
    REQUIRE(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&at), sizeof at) == 0);
  }
  // Returns the addresses from which packets came. All sent packets have arrived by then.
  std::set<std::string> senders() {
    std::set<std::string> result;
    pollfd ready{socket_.get(), POLLIN, 0};
    while (::poll(&ready, 1, 0) > 0) {
      sockaddr_in from{};
      socklen_t size = sizeof from;
      char byte = 0;
      ::recvfrom(socket_.get(), &byte, 1, 0, reinterpret_cast<sockaddr*>(&from), &size);
      std::array<char, INET_ADDRSTRLEN> text{};
      result.insert(::inet_ntop(AF_INET, &from.sin_addr, text.data(), text.size()));
    }
    return result;
  }

 private:
  zoomin::unique_fd socket_;
};

std::string bridge_address_of(const std::string& name) {
  return inspected(name)["NetworkSettings"]["Networks"]["bridge"]["IPAddress"];
}

std::string hardware_of(const std::string& name) {
  return inspected(name)["NetworkSettings"]["Networks"]["bridge"]["MacAddress"];
}

// Pretends to be `victim`, by ARP and IP, first with its own hardware address and then
// with the victim's. At the end it sends with its own address.
std::string forge(const std::string& flags, const std::string& victim) {
  const auto address = bridge_address_of(victim), hardware = hardware_of(victim);
  const std::string send = fmt::format(
      "arping -U -c 2 -w 2 -I eth0 -s {0} {0}; "
      "traceroute -n -m 1 -q 1 -w 1 -s {0} $gateway; ",
      address);
  const auto line = fmt::format(
      "gateway=$(ip route | grep default | cut -d \" \" -f 3); "
      "traceroute -n -m 1 -q 1 -w 1 $gateway; ip address add {}/32 dev eth0; {} "
      "ip link set eth0 down; ip link set eth0 address {}; ip link set eth0 up; "
      "ip route add default via $gateway; {}",
      address, send, hardware, send);
  return shell(fmt::format("zoomin run --rm --cap-add NET_RAW --cap-add NET_ADMIN "
                           "{} bb sh -c '{}'",
                           flags, line),
               60)
      .output;
}

}  // namespace

TEST_CASE("a container with NET_RAW can't send with another's address",
          "[final][ways-out][v2]") {
  import_busybox();
  shell(
      "zoomin run -d --name victim bb sleep 600; zoomin run -d --name other bb sleep "
      "600");
  const auto victim = bridge_address_of("victim");
  listener host;
  // The host knows the address, so a forged ARP packet could change it.
  const auto known = [&] {
    return output_of("ip neigh show " + victim + " | cut -d ' ' -f 5");
  };
  shell(fmt::format("busybox nc -w 1 {} 80", victim));
  REQUIRE(known() == hardware_of("victim"));
  for (const char* flags : {"", "--network container:other"}) {
    INFO(flags);
    INFO(forge(flags, "victim"));
    const auto seen = host.senders();
    CHECK(seen.size() == 1);
    CHECK(!seen.contains(victim));
    CHECK(known() == hardware_of("victim"));
    // Packets that are allowed pass: the other container answers.
    CHECK(output_of("zoomin exec victim sh -c 'echo x | nc -w 2 " + victim +
                    " 80; echo done'") == "done");
  }
  CHECK(contains(output_of("zoomin run --rm --cap-add NET_RAW bb ping -c 1 " + victim),
                 "1 packets received"));
  shell("zoomin rm -f victim other");
  CHECK(output_of("nft list tables netdev").empty());
}

TEST_CASE("the rules of a killed monitor are removed by the next command", "[final]") {
  import_busybox();
  shell("zoomin run -d --name den --cap-add NET_RAW bb sleep 600");
  CHECK(contains(output_of("nft list tables netdev"), "table netdev pin"));
  const auto pid = inspected("den")["State"]["Pid"].get<int>();
  shell(
      fmt::format("monitor=$(grep PPid /proc/{}/status | cut -f 2); kill -9 $monitor; "
                  "while kill -0 $monitor; do :; done; zoomin ps -a; zoomin rm den",
                  pid));
  CHECK(output_of("nft list tables netdev").empty());
  shell("zoomin run --rm bb true");  // removes the killed container's cgroups
}

TEST_CASE("rules that another program flushed are restored by the next start",
          "[final][ways-out]") {
  import_busybox();
  shell(
      "zoomin run -d --name den --cap-add NET_RAW bb sleep 600; zoomin run -d --name "
      "victim bb sleep 600");
  const auto before = output_of("nft list tables netdev");
  REQUIRE(contains(before, "table netdev pin"));
  const auto rules = output_of("nft list ruleset netdev");
  shell("nft flush ruleset; zoomin run --rm bb true");
  CHECK(output_of("nft list ruleset netdev") == rules);
  // Two containers with the same name, each with its own address.
  const auto victim = bridge_address_of("victim");
  listener host;
  shell("zoomin exec den sh -c 'ip address add " + victim +
        "/32 dev eth0; traceroute -n -m 1 -q 1 -w 1 -s " + victim + " 10.79.0.1'");
  CHECK(!host.senders().contains(victim));
  shell("zoomin rm -f den victim");
  CHECK(output_of("nft list tables netdev").empty());
}
