// SPDX-License-Identifier: MIT
// Unit tests of addresses, published ports and other firewalls' chains.
#include <set>

#include "02-net/address.hpp"
#include "02-net/coordination/candidate.hpp"
#include "02-net/coordination/firewall.hpp"
#include "02-net/ports.hpp"
#include "common/error.hpp"
#include "docker/why.hpp"
#include "network/subnet_flags.hpp"
#include "support/catch.hpp"

using namespace zoomin;
using net::parse_address;
using net::parse_container_address;
using net::parse_published_port;
using net::parse_subnet;

namespace {

// Returns all candidates. Their order, which depends on the container, doesn't matter.
std::set<net::address> candidates_of(const net::subnet& pool) {
  std::set<net::address> seen;
  for (std::uint32_t i = 0; i < pool.room(); ++i)
    seen.insert(net::candidate(pool, "4711", i));
  return seen;
}

}  // namespace

TEST_CASE("an address is four numbers and three dots", "[net]") {
  CHECK(parse_address("10.79.0.1")->number == 0x0a4f0001);
  CHECK(parse_address("0.0.0.0")->number == 0);
  CHECK(parse_address("255.255.255.255")->number == 0xffffffff);
  CHECK(parse_address("10.79.0.1")->text() == "10.79.0.1");
  for (const char* wrong :
       {"", "10", "10.79", "10.79.0", "10.79.0.", "10.79.0.256", "::1", "10.79.0.1.1",
        "10.79.0.01", " 10.79.0.1", "10.79.0.1 ", "10.79.0.x", "0x0a.1.1.1", "10..0.1",
        "-1.2.3.4", "+1.2.3.4"})
    CHECK_FALSE(parse_address(wrong).has_value());
}

TEST_CASE("a subnet has a network, a gateway and a broadcast address", "[net]") {
  const auto pool = parse_subnet("10.80.4.0/22");
  CHECK(pool.text() == "10.80.4.0/22");
  CHECK(pool.gateway().text() == "10.80.4.1");
  CHECK(pool.broadcast().text() == "10.80.7.255");
  CHECK(pool.room() == 1021);
  CHECK(pool.contains(*parse_address("10.80.7.9")));
  CHECK_FALSE(pool.contains(*parse_address("10.80.8.0")));
  CHECK(net::default_pool.text() == "10.79.0.0/16");
  CHECK(parse_subnet("10.0.0.0/30").room() == 1);
}

TEST_CASE("an invalid subnet is refused with the reason", "[net]") {
  for (const char* wrong :
       {"", "10.80.0.0", "10.80.0.0/", "10.80.0.0/33", "10.80.0.0/31", "10.80.0.0/7",
        "10.80.0.1/16", "10.80.0.0/16/2", "10.80.0/16", "x/16", "10.80.0.0/x",
        "127.0.0.0/8", "0.0.0.0/8", "224.0.0.0/8", "255.255.255.0/24", "10.80.0.0/-1"})
    CHECK_THROWS_AS(parse_subnet(wrong), usage_error);
  CHECK_THROWS_WITH(parse_subnet("10.80.0.1/16"),
                    "--subnet 10.80.0.1/16: expected 10.80.0.0/16, its first address");
}

TEST_CASE("subnets overlap if one contains the other", "[net]") {
  const auto pool = parse_subnet("10.79.0.0/16");
  CHECK(pool.overlaps(parse_subnet("10.0.0.0/8")));
  CHECK(pool.overlaps(parse_subnet("10.79.3.0/24")));
  CHECK(pool.overlaps(pool));
  CHECK_FALSE(pool.overlaps(parse_subnet("10.80.0.0/16")));
}

TEST_CASE("a container's address is in the subnet and not reserved", "[net]") {
  const auto pool = net::default_pool;
  CHECK(parse_container_address("10.79.0.2", pool).text() == "10.79.0.2");
  CHECK(parse_container_address("10.79.255.254", pool).text() == "10.79.255.254");
  CHECK_THROWS_WITH(parse_container_address("10.78.0.2", pool),
                    "--ip 10.78.0.2: not in 10.79.0.0/16");
  CHECK_THROWS_WITH(parse_container_address("10.79.0.0", pool),
                    "--ip 10.79.0.0: the address of 10.79.0.0/16 itself");
  CHECK_THROWS_WITH(parse_container_address("10.79.255.255", pool),
                    "--ip 10.79.255.255: the broadcast address of 10.79.0.0/16");
  CHECK_THROWS_WITH(parse_container_address("10.79.0.1", pool),
                    "--ip 10.79.0.1: the gateway, the bridge's own address");
  for (const char* wrong : {"", "box", "10.79.0", "10.79.0.2/16"})
    CHECK_THROWS_AS(parse_container_address(wrong, pool), usage_error);
}

TEST_CASE("candidates cover all addresses, in an order that follows from the id",
          "[net]") {
  const auto pool = parse_subnet("10.80.0.0/28");
  const auto seen = candidates_of(pool);
  CHECK(seen.size() == pool.room());
  CHECK(seen.begin()->text() == "10.80.0.2");
  CHECK(seen.rbegin()->text() == "10.80.0.14");
  CHECK(net::candidate(pool, "4711", 0) == net::candidate(pool, "4711", pool.room()));
  std::set<net::address> starts;
  for (int id = 1000; id < 1200; ++id)
    starts.insert(net::candidate(net::default_pool, std::to_string(id), 0));
  CHECK(starts.size() > 190);
}

TEST_CASE("the gateway need not be the first address", "[net]") {
  const auto pool = network::with_gateway(parse_subnet("10.80.0.0/28"), "10.80.0.5");
  CHECK(pool.gateway().text() == "10.80.0.5");
  const auto seen = candidates_of(pool);
  CHECK(seen.size() == pool.room());
  CHECK(seen.begin()->text() == "10.80.0.1");
  CHECK(seen.rbegin()->text() == "10.80.0.14");
  CHECK(!seen.contains(pool.gateway()));
  CHECK_THROWS_AS(parse_container_address("10.80.0.5", pool), usage_error);
  for (const auto* wrong : {"10.80.0.0", "10.80.0.15", "10.80.0.16", "", "5"})
    CHECK_THROWS_AS(network::with_gateway(pool, wrong), usage_error);
}

TEST_CASE("a hardware address is derived from the address", "[net]") {
  CHECK(net::hardware_address(*parse_address("10.79.0.255")) == "02:7a:0a:4f:00:ff");
}

TEST_CASE("a published port is written as HOST_PORT:PORT", "[net]") {
  const auto plain = parse_published_port("8080:80");
  CHECK(plain.host_port == 8080);
  CHECK(plain.container_port == 80);
  CHECK(plain.over == net::protocol::tcp);
  CHECK_FALSE(plain.host.has_value());
  CHECK(plain.text() == "8080:80/tcp");
  const auto result = parse_published_port("127.0.0.1:5353:53/udp");
  CHECK(result.host->text() == "127.0.0.1");
  CHECK(result.over == net::protocol::udp);
  CHECK(result.text() == "127.0.0.1:5353:53/udp");
  CHECK(parse_published_port("1:65535/tcp").container_port == 65535);
  CHECK_FALSE(parse_published_port("0.0.0.0:8080:80").host.has_value());
}

TEST_CASE("an invalid published port is refused with the reason", "[net]") {
  for (const char* wrong : {"",           "80",         "0:80",          "80:0",
                            "70000:80",   "80:70000",   "-1:80",         "x:80",
                            "80:x",       ":80",        "80:",           ":",
                            "::",         "80:80:80",   "127.0.0.1::80", "127.1:80:80",
                            ":80:80",     "80:80/sctp", "80:80/",        "80:80/TCP",
                            " 80:80",     "80:80 ",     "8e1:80",        "0x50:80",
                            "host:80:80", "::1:80:80",  "[::1]:80:80",   "80-81:80-81"})
    CHECK_THROWS_AS(parse_published_port(wrong), usage_error);
  CHECK_THROWS_WITH(parse_published_port("70000:80"),
                    "--publish 70000:80: \"70000\" is not a port");
}

TEST_CASE("a published port becomes an element of one of two maps", "[net]") {
  const auto leads = *parse_address("10.79.0.2");
  const auto any = parse_published_port("8080:80");
  CHECK(std::string(any.map()) == "ports");
  CHECK(any.element(leads) == "tcp . 8080 : 10.79.0.2 . 80");
  const auto parsed = parse_published_port("127.0.0.1:5353:53/udp");
  CHECK(std::string(parsed.map()) == "ports_at");
  CHECK(parsed.key() == "127.0.0.1 . udp . 5353");
}

TEST_CASE("an element's key identifies the port", "[net]") {
  for (const char* text : {"8080:80", "127.0.0.1:5353:53/udp", "1:1/udp"}) {
    const auto port = parse_published_port(text);
    const auto again = net::published_port::of_key(port.key());
    CHECK(again.host == port.host);
    CHECK(again.host_port == port.host_port);
    CHECK(again.over == port.over);
  }
}

TEST_CASE("a range of addresses lies within its network", "[net]") {
  const auto pool = net::parse_subnet("10.99.0.0/24");
  const auto range = network::parse_range("10.99.0.0/30", pool);
  CHECK(range.size() == 4);
  int possible = 0;
  for (unsigned attempt = 0; attempt < range.size(); ++attempt)
    if (refusal(pool, candidate_in(range, "id", attempt)).empty()) ++possible;
  CHECK(possible == 2);  // all but the network's own address and the gateway's
  CHECK(network::parse_range("10.99.0.9/32", pool).size() == 1);
  for (const char* wrong :
       {"10.99.0.0/31", "10.99.0.255/32", "10.99.0.1/32", "10.98.0.0/25", "10.99.0.0/16",
        "10.99.0.9/24", "10.99.0.0", "x", ""})
    CHECK_THROWS_AS(network::parse_range(wrong, pool), usage_error);
}

TEST_CASE("each firewall has its own command to admit our bridges", "[net]") {
  CHECK(net::firewall::advice({"inet", "firewalld", "filter_FORWARD", true, false}) ==
        "firewall-cmd --permanent --zone=trusted --add-interface=zoomin0 "
        "--add-interface=zm-+ && firewall-cmd --reload");
  CHECK(net::firewall::advice({"inet", "mine", "forward", true, true}) ==
        "nft 'insert rule inet mine forward iifname zoomin0 accept; insert rule inet "
        "mine forward iifname \"zm-*\" accept; insert rule inet mine forward oifname "
        "zoomin0 accept; insert rule inet mine forward oifname \"zm-*\" accept', and "
        "add these rules to the file that it is loaded from");
}

TEST_CASE("a socket listens on a loopback address in 127.0.0.0/8 or at ::1 alone",
          "[net]") {
  const auto listens_on_loopback = [](const std::string& address) {
    const auto found = docker::listeners_in(
        "  sl  local_address rem_address   st tx_queue rx_queue\n"
        "   0: 0100007F:1F90 0100007F:9999 01 00000000:00000000\n"
        "   1: " +
        address + ":0050 00000000:0000 0A 00000000:00000000\n");
    REQUIRE(found.size() == 1U);
    CHECK(found[0].port == 80);
    return found[0].on_loopback;
  };
  for (const char* loopback :
       {"0100007F", "FFFFFF7F", "00000000000000000000000001000000",
        "0000000000000000FFFF00000100007F", "0000000000000000FFFF0000FEFFFF7F"}) {
    INFO(loopback);
    CHECK(listens_on_loopback(loopback));
  }
  // 0.0.0.0, 0.0.0.1, 10.79.0.127, ::, 2001:db8::7f:0:0:7f00:7f, fe80::1,
  // ::ffff:10.79.0.127
  for (const char* other :
       {"00000000", "01000000", "7F004F0A", "00000000000000000000000000000000",
        "B80D012000007F00000000007F00007F", "000080FE000000000000000001000000",
        "0000000000000000FFFF00007F004F0A"}) {
    INFO(other);
    CHECK_FALSE(listens_on_loopback(other));
  }
}
