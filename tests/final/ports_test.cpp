// SPDX-License-Identifier: MIT
// Published ports, reached from outside and from the host.
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <nlohmann/json.hpp>

#include <vector>

#include "02-net/lab/probe.hpp"
#include "common/fd.hpp"
#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin;
using namespace zoomin::test;
using net::ask;
using net::outside;
using net::protocol;
using net::server;

namespace {

pid_t run_with(const std::string& flags) {
  output_of("zoomin run -d --name c " + flags + " bb sleep 600");
  return static_cast<pid_t>(std::stol(output_of("zoomin inspect -f '{{.State.Pid}}' c")));
}

bool is_answer(const std::string& answer) { return answer.starts_with("hears "); }

}  // namespace

TEST_CASE("TCP and UDP ports, ranges and free ports reach the container", "[final][v2]") {
  import_busybox();
  const pid_t pid =
      run_with("-p 8100-8101:80-81 -p 5300:53/udp -p 9000 -P --expose 70/udp");
  const server first(pid, "0.0.0.0", 80), second(pid, "0.0.0.0", 81),
      third(pid, "0.0.0.0", 9000), names(pid, "0.0.0.0", 53, protocol::udp),
      exposed(pid, "0.0.0.0", 70, protocol::udp);
  const auto port_of = [](const std::string& inside) {
    return static_cast<std::uint16_t>(
        std::stoul(output_of("zoomin port c " + inside + " | cut -d: -f2")));
  };
  CHECK(ask(outside(), "192.0.2.2", 8100) == "hears 192.0.2.1");
  CHECK(ask(outside(), "192.0.2.2", 8101) == "hears 192.0.2.1");
  CHECK(is_answer(ask(outside(), "192.0.2.2", port_of("9000"))));
  CHECK(is_answer(ask(outside(), "192.0.2.2", 5300, protocol::udp)));
  CHECK(is_answer(ask(outside(), "192.0.2.2", port_of("70/udp"), protocol::udp)));
  CHECK(is_answer(ask(::getpid(), "127.0.0.1", 8100)));
  CHECK(is_answer(ask(::getpid(), "127.0.0.1", 5300, protocol::udp)));
  CHECK_FALSE(is_answer(ask(outside(), "192.0.2.2", 8102, protocol::tcp, 1)));
  shell("zoomin rm -f c");
}

TEST_CASE("a port at one address of the host isn't open at others", "[final]") {
  import_busybox();
  const pid_t pid = run_with("-p 127.0.0.1:8080:80 -p 192.0.2.2::81");
  const server first(pid, "0.0.0.0", 80), second(pid, "0.0.0.0", 81);
  CHECK(is_answer(ask(::getpid(), "127.0.0.1", 8080)));
  CHECK_FALSE(is_answer(ask(outside(), "192.0.2.2", 8080, protocol::tcp, 1)));
  const auto other = output_of("zoomin port c 81");
  CHECK(other.starts_with("192.0.2.2:"));
  const auto port = static_cast<std::uint16_t>(std::stoul(other.substr(10)));
  CHECK(is_answer(ask(outside(), "192.0.2.2", port)));
  CHECK_FALSE(is_answer(ask(::getpid(), "127.0.0.1", port, protocol::tcp, 1)));
  shell("zoomin rm -f c");
}

TEST_CASE("a port at an IPv6 address is proxied in both directions", "[final]") {
  import_busybox("bb", "head -c 3000000 /bin/busybox > etc/big || true");
  output_of("ip -6 addr show dev lo | grep -q ' ::1/' || ip addr add ::1/128 dev lo");
  output_of(
      "zoomin run -d --name c -p '[::1]:18081:80' -p '[::1]::81' -p 18081:80 bb "
      "httpd -f -p 80 -h /etc");
  CHECK(output_of("zoomin port c 80") == "0.0.0.0:18081\n[::1]:18081");
  CHECK(output_of("zoomin port c 81").starts_with("[::1]:"));
  CHECK(contains(output_of("zoomin ps --format '{{.Ports}}'"), "[::1]:18081->80/tcp"));
  CHECK(contains(output_of("zoomin inspect -f '{{json .NetworkSettings.Ports}}' c"),
                 R"({"HostIp":"::1","HostPort":"18081"})"));
  const std::string fetch = "busybox wget -qO- http://[::1]:18081/";
  CHECK(contains(output_of("until " + fetch + "hosts 2>/dev/null; do :; done"),
                 "localhost"));
  CHECK(output_of(fetch + "big | md5sum") == output_of("zoomin exec c md5sum /etc/big | "
                                                       "sed 's,/etc/big,-,'"));
  // Many connections at once, and one that is closed in the middle.
  CHECK(output_of("for i in $(seq 20); do " + fetch +
                  "big | md5sum & done | sort -u; wait") ==
        output_of(fetch + "big | md5sum"));
  shell(fetch + "big | head -c 10");
  CHECK(contains(output_of(fetch + "hosts"), "localhost"));
  // No process listens at 81, so the connection is closed at once.
  CHECK(shell("busybox wget -qO- http://$(zoomin port c 81)/").status != 0);
  CHECK(output_of("zoomin restart -t 0 c; until " + fetch +
                  "hosts 2>/dev/null | grep -c "
                  "localhost; do :; done") != "0");
  const auto taken = shell("zoomin run --rm -p '[::1]:18081:80' bb true");
  CHECK(taken.status == 125);
  CHECK(contains(taken.errors, "Bind for [::1]:18081 failed: port is already allocated"));
  for (const char* text : {"[::1]:1:80/udp", "[::g]:1:80", "[::1]:80", "[::1]:0x1:80",
                           "[2001:db8::1]:1:80"}) {
    INFO(text);
    CHECK(shell(fmt::format("zoomin run --rm -p '{}' bb true", text)).status == 125);
  }
  shell("zoomin rm -f c");
  CHECK(shell(fetch + "hosts").status != 0);
}

TEST_CASE("ports work again after a restart, TCP and UDP", "[final]") {
  import_busybox();
  const pid_t before = run_with("-p 8080:80 -p 5300:53/udp");
  CHECK(output_of("zoomin restart -t 0 c") == "c");
  const auto pid =
      static_cast<pid_t>(std::stol(output_of("zoomin inspect -f '{{.State.Pid}}' c")));
  CHECK(pid != before);
  const server web(pid, "0.0.0.0", 80), names(pid, "0.0.0.0", 53, protocol::udp);
  CHECK(is_answer(ask(outside(), "192.0.2.2", 8080)));
  CHECK(is_answer(ask(outside(), "192.0.2.2", 5300, protocol::udp)));
  output_of("zoomin stop -t 0 c");
  CHECK_FALSE(is_answer(ask(outside(), "192.0.2.2", 8080, protocol::tcp, 1)));
  CHECK(output_of("zoomin port c").empty());
  shell("zoomin rm c");
}

TEST_CASE("the first free port of a range of host ports is taken", "[final]") {
  import_busybox();
  const std::string run = "zoomin run -d -p 8000-8002:80 bb sleep 600";
  const auto ports = [](const std::string& name) {
    return output_of("zoomin port " + name + " 80");
  };
  CHECK(ports(output_of(run)) == "0.0.0.0:8000");
  const server taken(::getpid(), "0.0.0.0", 8001);
  CHECK(ports(output_of(run)) == "0.0.0.0:8002");
  const auto none_left = shell(run);
  CHECK(none_left.status == 125);
  CHECK(contains(none_left.errors,
                 "Bind for 0.0.0.0:8000-8002 failed: port is already allocated"));
  CHECK(lines_without_hints(none_left.errors) == 1);
  output_of("ip -6 addr show dev lo | grep -q ' ::1/' || ip addr add ::1/128 dev lo");
  const std::string relayed = "zoomin run -d -p '[::1]:8000-8001:80' bb sleep 600";
  CHECK(ports(output_of(relayed)) == "[::1]:8000");
  CHECK(ports(output_of(relayed)) == "[::1]:8001");
  CHECK(contains(shell(relayed).errors,
                 "Bind for [::1]:8000-8001 failed: port is already allocated"));
  for (const char* wrong :
       {"8002-8000:80", "8000-70000:80", "8000-8002:80-81", "8000-:80"})
    CHECK(shell(fmt::format("zoomin create -p {} bb true", wrong)).status == 125);
  const auto id = output_of("zoomin ps -aql");
  CHECK(inspected(id)["HostConfig"]["PortBindings"]["80/tcp"][0]["HostPort"] ==
        "8000-8001");
  output_of("zoomin rm -f $(zoomin ps -aq)");
}

TEST_CASE("ps merges consecutive ports, as Docker does", "[final]") {
  import_busybox();
  const auto shown = [](const std::string& flags) {
    output_of("zoomin rm -f c; zoomin run -d --name c " + flags + " bb sleep 600");
    return output_of("zoomin ps --format '{{.Ports}}'");
  };
  CHECK(shown("-p 8000-8002:8000-8002") == "0.0.0.0:8000-8002->8000-8002/tcp");
  CHECK(shown("-p 8000-8001:8000-8001 -p 8003:8003 -p 8001:8001/udp") ==
        "0.0.0.0:8000-8001->8000-8001/tcp, 0.0.0.0:8003->8003/tcp, "
        "0.0.0.0:8001->8001/udp");
  CHECK(shown("-p 9000-9001:80-81 -p 127.0.0.1:82:82 --expose 90-92 --expose 80") ==
        "127.0.0.1:82->82/tcp, 90-92/tcp, 0.0.0.0:9000->80/tcp, 0.0.0.0:9001->81/tcp");
  output_of("zoomin rm -f c");
}

TEST_CASE("silent clients don't block a port at an IPv6 address", "[final]") {
  import_busybox();
  output_of("ip -6 addr show dev lo | grep -q ' ::1/' || ip addr add ::1/128 dev lo");
  output_of("zoomin run -d --name c -p '[::]:18081:80' bb httpd -f -p 80 -h /etc");
  const std::string fetch = "timeout 5 busybox wget -qO- http://[::1]:18081/hosts";
  CHECK(contains(output_of("until " + fetch + " 2>/dev/null; do :; done"), "localhost"));
  std::vector<unique_fd> silent;
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(18081);
  address.sin6_addr = in6addr_loopback;
  for (int i = 0; i < 300; ++i) {
    silent.emplace_back(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(::connect(silent.back().get(), reinterpret_cast<sockaddr*>(&address),
                      sizeof address) == 0);
  }
  CHECK(contains(output_of(fetch), "localhost"));
  CHECK(contains(output_of(fetch), "localhost"));
  output_of("zoomin rm -f c");
}

TEST_CASE("a UDP sender that keeps its port reaches each later container", "[final]") {
  import_busybox();
  const auto heard = [](const std::string& from = "0.0.0.0:4000") {
    return is_answer(ask(outside(), "192.0.2.2", 5300, protocol::udp, 1, from));
  };
  const auto heard_here = [] {
    return is_answer(
        ask(::getpid(), "127.0.0.1", 5300, protocol::udp, 1, "0.0.0.0:4001"));
  };
  const auto first_of = [](const std::string& name) {
    return static_cast<pid_t>(
        std::stol(output_of("zoomin inspect -f '{{.State.Pid}}' " + name)));
  };
  const std::string ip = "zoomin inspect -f '{{.NetworkSettings.IPAddress}}' ";
  CHECK_FALSE(heard());
  CHECK_FALSE(heard_here());
  std::string before;
  for (const char* again : {"zoomin rm -f c", "zoomin rm -f c d"}) {
    const pid_t pid = run_with("-p 5300:53/udp");
    const server names(pid, "0.0.0.0", 53, protocol::udp);
    CHECK(heard());
    CHECK(heard_here());
    CHECK(output_of(ip + "c") != before);
    before = output_of(ip + "c");
    output_of(again);
    CHECK_FALSE(heard());
    CHECK_FALSE(heard_here());
    // The address belongs to another container by now.
    output_of("zoomin run -d --name d --ip " + before + " bb sleep 600");
    const server other(first_of("d"), "0.0.0.0", 53, protocol::udp);
    CHECK_FALSE(heard());
  }
  output_of("zoomin rm -f d");
  run_with("-p 192.0.2.2:5300:53/udp");
  {
    const server names(first_of("c"), "0.0.0.0", 53, protocol::udp);
    CHECK(heard());
  }
  output_of("zoomin restart -t 0 c");
  const server names(first_of("c"), "0.0.0.0", 53, protocol::udp);
  CHECK(heard());
  output_of("zoomin rm -f c");
}

TEST_CASE("ports of a killed monitor don't lead to the next container with its address",
          "[final]") {
  import_busybox();
  {
    const server names(run_with("-p 5300:53/udp -p 8080:80"), "0.0.0.0", 53,
                       protocol::udp);
    CHECK(is_answer(ask(outside(), "192.0.2.2", 5300, protocol::udp, 1, "0.0.0.0:4000")));
  }
  output_of("zoomin run -d --name stays bb sleep 600");
  const auto ip = output_of("zoomin inspect -f '{{.NetworkSettings.IPAddress}}' c");
  kill_monitor("c");
  output_of("zoomin rm -f c");
  output_of("zoomin run -d --name next --ip " + ip + " bb sleep 600");
  const auto pid =
      static_cast<pid_t>(std::stol(output_of("zoomin inspect -f '{{.State.Pid}}' next")));
  const server names(pid, "0.0.0.0", 53, protocol::udp), web(pid, "0.0.0.0", 80);
  const auto answer = ask(::getpid(), ip, 80);
  INFO(answer);
  CHECK(is_answer(answer));
  CHECK_FALSE(
      is_answer(ask(outside(), "192.0.2.2", 5300, protocol::udp, 1, "0.0.0.0:4000")));
  CHECK_FALSE(is_answer(ask(outside(), "192.0.2.2", 8080, protocol::tcp, 1)));
  output_of("zoomin rm -f next stays");
}

TEST_CASE("the host network, and no network", "[final]") {
  import_busybox();
  CHECK(output_of("zoomin run --rm --network host bb ls /sys/class/net") ==
        output_of("ls /sys/class/net"));
  CHECK(output_of("zoomin run --rm --network host bb readlink /proc/self/ns/net") ==
        output_of("readlink /proc/self/ns/net"));
  CHECK(output_of("zoomin run --rm --network none bb ls /sys/class/net") == "lo");
  CHECK(
      output_of("zoomin run --rm --network none bb sh -c 'httpd -p 127.0.0.1:80 -h /etc; "
                "wget -qO- http://127.0.0.1/hosts | grep -c localhost'") != "0");
  CHECK(shell("zoomin run --rm --network none bb wget -q http://192.0.2.1/").status != 0);
}
