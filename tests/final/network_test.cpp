// SPDX-License-Identifier: MIT
// user-defined networks: names, addresses, and isolation.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

#include "common/fd.hpp"
#include "common/look.hpp"
#include "common/paths.hpp"
#include "common/sys.hpp"
#include "final/busybox.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin::test;

namespace {

// Starts a container whose web server returns its name.
void serve(const std::string& name, const std::string& flags) {
  shell(
      fmt::format("zoomin run -d --name {0} {1} bb sh -c 'mkdir /w; echo {0} > "
                  "/w/index.html; exec httpd -f -h /w'",
                  name, flags));
}

std::string address_of(const std::string& name) {
  return output_of("zoomin inspect -f '{{.NetworkSettings.IPAddress}}' " + name);
}

// Returns what a container on `network` gets from a web server, or nothing.
std::string fetch(const std::string& network, const std::string& from) {
  return output_of(
      fmt::format("zoomin run --rm --init --network {} bb timeout 1 wget -qO- http://{}/",
                  network, from));
}

// A name server on the host, which answers 203.0.113.9 for the first name in a query.
struct name_server {
  name_server() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(53);
    ::inet_pton(AF_INET, "192.0.2.2", &address.sin_addr);
    REQUIRE(::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    const timeval patience{20, 0};
    ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    life = std::thread([this] { answer_one(); });
  }
  name_server(const name_server&) = delete;
  name_server& operator=(const name_server&) = delete;
  ~name_server() {
    life.join();
    ::close(socket);
  }

  void answer_one() {
    std::array<char, 512> message{};
    sockaddr_in asker{};
    socklen_t size = sizeof asker;
    auto* const from = reinterpret_cast<sockaddr*>(&asker);
    const auto got = ::recvfrom(socket, message.data(), message.size(), 0, from, &size);
    if (got < 17) return;
    std::string result(message.data(), static_cast<std::size_t>(got));
    result[2] = '\x81';
    result[3] = '\x80';
    result[7] = 1;
    result += std::string("\xc0\x0c\0\1\0\1\0\0\0\5\0\4\xcb\0\x71\x09", 16);
    for (std::size_t at = 12; result[at] != 0;
         at += 1U + static_cast<unsigned char>(result[at]))
      question += (question.empty() ? "" : ".") +
                  result.substr(at + 1, static_cast<unsigned char>(result[at]));
    ::sendto(socket, result.data(), result.size(), 0, from, size);
  }

  int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  std::string question;
  std::thread life;
};

// A name server over TCP, which gives one answer that is longer than any datagram.
struct tcp_name_server {
  tcp_name_server() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(53);
    ::inet_pton(AF_INET, "192.0.2.2", &address.sin_addr);
    REQUIRE(::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(socket, 4) == 0);
    life = std::thread([this] {
      const int asker = ::accept(socket, nullptr, nullptr);
      std::array<char, 512> question{};
      const auto got = ::recv(asker, question.data(), question.size(), 0);
      std::string answer(question.data() + 2, static_cast<std::size_t>(got) - 2);
      while (answer.size() < 30'000) answer += "many words";
      const auto size = htons(static_cast<std::uint16_t>(answer.size()));
      ::send(asker, &size, 2, MSG_NOSIGNAL);
      ::send(asker, answer.data(), answer.size(), MSG_NOSIGNAL);
      ::close(asker);
    });
  }
  tcp_name_server(const tcp_name_server&) = delete;
  tcp_name_server& operator=(const tcp_name_server&) = delete;
  ~tcp_name_server() {
    ::shutdown(socket, SHUT_RDWR);
    life.join();
    ::close(socket);
  }
  int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::thread life;
};

std::string question_for(const std::string& name) {
  return std::string("\x12\x34\1\0\0\1\0\0\0\0\0\0", 12) +
         static_cast<char>(name.size()) + name + std::string("\0\0\1\0\1", 5);
}

std::string over_tcp(const std::string& message) {
  return std::string{static_cast<char>(message.size() >> 8),
                     static_cast<char>(message.size())} +
         message;
}

zoomin::unique_fd connected_to_resolver() {
  zoomin::unique_fd made(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval patience{5, 0};
  ::setsockopt(made.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(53);
  ::inet_pton(AF_INET, "127.0.0.11", &address.sin_addr);
  REQUIRE(::connect(made.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) ==
          0);
  return made;
}

// Sends the question, and returns the next message of the answer.
std::string first_over_tcp(const zoomin::unique_fd& asking, const std::string& question) {
  ::send(asking.get(), question.data(), question.size(), MSG_NOSIGNAL);
  std::uint16_t size = 0;
  if (::recv(asking.get(), &size, 2, MSG_WAITALL) != 2) return "(nothing)";
  std::string result(ntohs(size), '\0');
  const auto got = ::recv(asking.get(), result.data(), result.size(), MSG_WAITALL);
  result.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return result;
}

std::string bytes_of(const std::string& address) {
  in_addr number{};
  ::inet_pton(AF_INET, address.c_str(), &number);
  return {reinterpret_cast<const char*>(&number), sizeof number};
}

}  // namespace

TEST_CASE("containers on a network resolve each other's names", "[final]") {
  import_busybox();
  CHECK(output_of("zoomin network create web").size() == 64);
  serve("one", "--network web --network-alias first --network-alias both");
  serve("two", "--network web --network-alias both");
  for (const char* name : {"one", "first", "ONE"}) CHECK(fetch("web", name) == "one");
  CHECK(fetch("web", output_of("zoomin inspect -f '{{.Id}}' one").substr(0, 12)) ==
        "one");
  CHECK(fetch("web", "two") == "two");
  CHECK_FALSE(fetch("web", "both").empty());
  CHECK(output_of("zoomin exec one timeout 1 wget -qO- http://two/") == "two");
  const auto both = output_of("zoomin run --rm --network web bb nslookup -type=a both");
  CHECK(contains(both, address_of("one")));
  CHECK(contains(both, address_of("two")));
  // Port 53 stays free for the container.
  CHECK(output_of("zoomin run --rm --network web bb netstat -uln | grep -c ':53 '") ==
        "0");
  // A removed container has no name any more.
  shell("zoomin stop -t 0 two");
  CHECK(fetch("web", "two").empty());
  CHECK(fetch("web", "both") == "one");
  shell("zoomin start two");
  CHECK(fetch("web", "two") == "two");
  // Neither has a container whose monitor was killed.
  shell(
      "pkill -KILL -f \"[z]oomin monitor $(zoomin ps -q --filter name=one)\"; until [ -z "
      "\"$(zoomin ps -q "
      "--filter name=one)\" ]; do :; done");
  CHECK(fetch("web", "one").empty());
  shell("zoomin rm -f one two; zoomin network rm web");
}

TEST_CASE("the default network has no names, and a missing network is refused",
          "[final]") {
  import_busybox();
  serve("one", "");
  CHECK(fetch("bridge", "one").empty());
  CHECK(fetch("bridge", address_of("one")) == "one");
  shell("zoomin rm -f one");
  for (const char* flags :
       {"--network nosuch", "--network-alias x", "--network none --network-alias x",
        "--network container:x"}) {
    INFO(flags);
    const auto refused = shell(fmt::format("zoomin run {} bb true", flags));
    CHECK(refused.status == 125);
    CHECK(lines_without_hints(refused.errors) == 1);
  }
  CHECK(output_of("zoomin ps -aq").empty());
}

TEST_CASE("two networks don't reach each other", "[final][ways-out]") {
  import_busybox();
  shell("zoomin network create red; zoomin network create blue");
  serve("red-one", "--network red -p 8080:80");
  serve("plain", "");
  const auto apart = [] {
    CHECK(fetch("red", address_of("red-one")) == "red-one");
    CHECK(fetch("blue", address_of("red-one")).empty());
    CHECK(fetch("bridge", address_of("red-one")).empty());
    CHECK(fetch("blue", address_of("plain")).empty());
    CHECK(fetch("blue", "red-one").empty());
  };
  apart();
  // A published port is reached from everywhere by the host's address.
  CHECK(output_of("busybox wget -qO- http://127.0.0.1:8080/") == "red-one");
  CHECK(fetch("blue", "192.0.2.2:8080") == "red-one");
  // CVE-2025-54388: each network has its own rules. Those of blue are removed and
  // restored.
  shell("nft delete table ip " + output_of("zoomin network inspect -f '{{index .Options "
                                           "\"com.docker.network.bridge.name\"}}' blue"));
  apart();
  shell("zoomin rm -f red-one plain; zoomin network prune -f");
  CHECK(output_of("zoomin network ls -q | wc -l") == "3");
}

TEST_CASE("an internal network has no access to the outside, not even by DNS",
          "[final][ways-out]") {
  import_busybox();
  shell("zoomin network create --internal in");
  serve("one", "--network in");
  CHECK(fetch("in", "one") == "one");
  const auto inside = shell(
      "zoomin run --rm --init --network in bb sh -c 'ip route; "
      "nslookup example.com; timeout 1 wget -qO- http://192.0.2.1/'");
  CHECK_FALSE(contains(inside.output, "default"));
  CHECK(contains(inside.output + inside.errors, "NXDOMAIN"));
  CHECK(contains(inside.errors, "unreachable"));
  // Not even with a route that the container adds.
  const auto forced = shell(
      "zoomin run --rm --init --network in --cap-add NET_ADMIN bb sh -c 'ip route add "
      "default "
      "via "
      "$(ip route | sed -n \"s/\\.0\\/24.*/.1/p\"); ping -c 1 -W 1 192.0.2.1 || "
      "timeout 1 wget -qO- http://192.0.2.1/'");
  CHECK(forced.status != 0);
  shell("zoomin rm -f one; zoomin network rm in");
}

TEST_CASE("other names are resolved by the servers outside", "[final]") {
  import_busybox();
  shell("zoomin network create web");
  name_server outside;
  CHECK(contains(output_of("zoomin run --rm --network web --dns 192.0.2.2 bb nslookup "
                           "-type=a outside.example"),
                 "203.0.113.9"));
  CHECK(outside.question == "outside.example");
  // No server listens there, which is reported at once.
  CHECK(contains(output_of("zoomin run --rm --network web --dns 127.0.0.9 bb nslookup "
                           "-type=a nosuch.example 2>&1"),
                 "SERVFAIL"));
  CHECK(
      output_of(
          "zoomin run --rm --network web --dns-search a.example --dns-option ndots:2 bb "
          "cat /etc/resolv.conf") ==
      "nameserver 127.0.0.11\nsearch a.example\noptions ndots:2");
  shell("zoomin network rm web");
}

TEST_CASE("names are resolved over TCP too, also by servers outside", "[final]") {
  import_busybox();
  shell("zoomin network create web");
  output_of("zoomin run -d --name asks --network web --dns 192.0.2.2 bb sleep 600");
  serve("one", "--network web");
  const auto pid =
      static_cast<pid_t>(std::stol(output_of("zoomin inspect -f '{{.State.Pid}}' asks")));
  // The client sends two questions in one packet, after as many silent clients as the
  // server accepts.
  const auto heard = zoomin::look::from_inside(pid, CLONE_NEWNET, [] {
    std::vector<zoomin::unique_fd> silent;
    for (int i = 0; i < 40; ++i) silent.push_back(connected_to_resolver());
    const auto asking = connected_to_resolver();
    const auto question = over_tcp(question_for("one"));
    auto both = first_over_tcp(asking, question + question);
    both += first_over_tcp(asking, "");
    return both;
  });
  const auto address = bytes_of(address_of("one"));
  REQUIRE(heard.size() > 40);
  CHECK(heard.size() % 2 == 0);
  CHECK(heard.substr(heard.size() / 2 - 4, 4) == address);
  CHECK(heard.substr(heard.size() - 4) == address);
  tcp_name_server outside;
  const auto passed_on = zoomin::look::from_inside(pid, CLONE_NEWNET, [] {
    return first_over_tcp(connected_to_resolver(), over_tcp(question_for("outside")));
  });
  CHECK(contains(passed_on, "many words"));
  shell("zoomin rm -f one asks; zoomin network rm web");
}

TEST_CASE("addresses are chosen from a network's --ip-range", "[final]") {
  import_busybox();
  output_of("zoomin network create --subnet 10.99.0.0/24 --ip-range 10.99.0.128/30 few");
  CHECK(output_of("zoomin network inspect -f '{{(index .IPAM.Config 0).IPRange}}' few") ==
        "10.99.0.128/30");
  for (int i = 0; i < 4; ++i) output_of("zoomin run -d --network few bb sleep 600");
  CHECK(output_of("for i in $(zoomin ps -q); do zoomin inspect -f '{{range "
                  ".NetworkSettings.Networks}}{{.IPAddress}}{{end}}' $i; done | sort") ==
        "10.99.0.128\n10.99.0.129\n10.99.0.130\n10.99.0.131");
  const auto full = shell("zoomin run --rm --network few bb true");
  CHECK(full.status == 125);
  CHECK(contains(full.errors, "no free address in 10.99.0.128/30: all 4 are in use"));
  CHECK(output_of("zoomin run --rm --network few --ip 10.99.0.7 bb hostname -i") ==
        "10.99.0.7");
  output_of("zoomin rm -f $(zoomin ps -aq); zoomin network rm few");
  for (const char* wrong :
       {"--ip-range 10.99.0.0/25", "--subnet 10.99.0.0/24 --ip-range 10.99.1.0/25",
        "--subnet 10.99.0.0/24 --ip-range 10.99.0.0/16",
        "--subnet 10.99.0.0/24 --ip-range 10.99.0.1/32",
        "--subnet 10.99.0.0/24 --ip-range 10.99.0.3/30",
        "--subnet 10.99.0.0/24 --ip-range nonsense"}) {
    INFO(wrong);
    const auto refused = shell(fmt::format("zoomin network create {} x", wrong));
    CHECK(refused.status != 0);
    CHECK(lines_without_hints(refused.errors) == 1);
  }
}

TEST_CASE("creating and removing networks disturbs no other network", "[final]") {
  import_busybox();
  output_of("zoomin network create stays");
  // Other commands look at the networks all the time.
  subprocess busy(
      {"sh", "-c",
       "echo ready; for i in $(seq 60); do zoomin network create n$1 && zoomin "
       "network rm n$1; done >/dev/null; echo done",
       "sh", "a"});
  CHECK(busy.line() == "ready");
  const auto looked = shell(
      "for i in $(seq 15); do zoomin network ls >/dev/null && zoomin run --rm --network "
      "stays bb true && zoomin network inspect stays >/dev/null || echo failed; done; "
      "for i in $(seq 40); do zoomin network ls -q >/dev/null || echo failed; done",
      60);
  CHECK(looked.output.empty());
  CHECK(looked.errors.empty());
  CHECK(busy.line(60) == "done");
  output_of("zoomin network rm stays");
}

TEST_CASE("a damaged network hides no other, and can be removed", "[final]") {
  import_busybox();
  const std::string result = zoomin::root_directory() + "/networks";
  output_of(
      "zoomin network create fine; zoomin network create bad; zoomin network create "
      "ugly");
  for (const char* content :
       {"", "{", "[]", "{}", "null", R"({"Name":"bad","Id":3})",
        R"({"Name":"bad","Id":"x","Created":"","Subnet":"10.90.0.0/24",)"
        R"("Gateway":"10.90.0.1","Internal":false,"Labels":{},"Bridge":"../.."})"}) {
    INFO(content);
    write_file(result + "/bad.json", content);
    const auto listed = shell("zoomin network ls --format '{{.Name}}'");
    CHECK(listed.status == 0);
    CHECK(listed.output == "bridge\nfine\nhost\nnone\nugly\n");
    CHECK(contains(listed.errors, "bad"));
    CHECK(contains(shell("zoomin inspect fine").output, "10.80.0.0/24"));
    CHECK(output_of("zoomin run --rm --name c --network fine bb echo runs") == "runs");
    CHECK(contains(shell("zoomin inspect nosuch").errors, "nosuch"));
    const auto damaged = shell("zoomin network inspect bad");
    CHECK(damaged.status == 1);
    CHECK(contains(damaged.errors, "network rm -f bad` to remove it"));
  }
  CHECK(output_of("zoomin network rm -f bad") == "bad");
  CHECK_FALSE(zoomin::sys::exists(result + "/bad.json"));
  write_file(result + "/ugly.json", "{");
  output_of("zoomin network rm -f ugly fine");
  CHECK(output_of("zoomin network ls -q | wc -l") == "3");
}

TEST_CASE("leftovers of killed network commands are removed by the next one", "[final]") {
  import_busybox();
  const std::string result = zoomin::root_directory() + "/networks";
  for (int milliseconds = 0; milliseconds < 16; ++milliseconds) {
    shell(fmt::format("timeout -s KILL 0.{:03} zoomin network create n", milliseconds));
    shell("zoomin run --rm --network n bb true");
    shell(fmt::format("timeout -s KILL 0.{:03} zoomin network rm n", milliseconds));
  }
  write_file(result + "/half.json.new", "{");
  output_of("mkdir -p " + zoomin::run_directory() + "/zm-0123456789ab/names");
  output_of("zoomin network create used");
  output_of("zoomin run -d --name c --network used bb sleep 600");
  output_of("zoomin network create last; zoomin network rm -f n; zoomin network rm last");
  CHECK(output_of("ls " + result) == "used.json");
  CHECK(output_of("ls -d " + zoomin::run_directory() + "/zm-* | wc -l") == "1");
  // The bridge is used by another store that shares the directory of locks: it stays.
  output_of("mv " + result + "/used.json " + result +
            "/hidden; zoomin network create x; mv " + result + "/hidden " + result +
            "/used.json; zoomin network rm x");
  CHECK(output_of("zoomin exec c ls /sys/class/net | wc -l") == "2");
  CHECK(output_of("ls -d " + zoomin::run_directory() + "/zm-* | wc -l") == "1");
  output_of("zoomin rm -f c; zoomin network rm used");
}

TEST_CASE("a network's gateway can be any of its addresses", "[final]") {
  import_busybox();
  output_of("zoomin network create --subnet 10.99.0.0/24 --gateway 10.99.0.254 far");
  CHECK(contains(output_of("zoomin run --rm --network far bb ip route"),
                 "default via 10.99.0.254 dev eth0"));
  const auto reached = shell(
      "zoomin run --rm --network far --ip 10.99.0.1 bb sh -c 'hostname -i; nc "
      "10.99.0.254 9'");
  CHECK(reached.output == "10.99.0.1\n");
  CHECK(contains(reached.errors, "Connection refused"));
  CHECK(output_of("zoomin network inspect -f '{{(index .IPAM.Config 0).Gateway}}' far") ==
        "10.99.0.254");
  CHECK(shell("zoomin network create --gateway 10.99.1.254 near").status == 125);
  CHECK(shell("zoomin network create --subnet 10.98.0.0/24 --gateway 10.99.1.1 near")
            .status == 1);
  output_of("zoomin network rm far");
}

TEST_CASE("subnets are chosen free, or as requested", "[final]") {
  import_busybox();
  shell(
      "zoomin network create a; zoomin network create --subnet 10.99.0.0/24 b; "
      "zoomin network create --label k=v c");
  const auto subnet = [](const std::string& name) {
    return output_of("zoomin network inspect -f '{{(index .IPAM.Config 0).Subnet}}' " +
                     name);
  };
  CHECK(subnet("a") == "10.80.0.0/24");
  CHECK(subnet("b") == "10.99.0.0/24");
  CHECK(subnet("c") == "10.80.1.0/24");
  CHECK(output_of("zoomin run --rm --network b --ip 10.99.0.9 bb hostname -i") ==
        "10.99.0.9");
  CHECK(shell("zoomin create --network b --ip 10.80.0.9 bb true").status == 125);
  for (const char* wrong :
       {"--subnet 10.99.0.0/16 d", "--subnet 192.0.2.0/25 d", "--subnet 10.79.4.0/24 d",
        "--subnet nonsense d", "--subnet 10.1.2.3/40 d", "a", "bridge", "../x", "-- -x",
        "", "a b", "--driver macvlan d"}) {
    INFO(wrong);
    const auto refused = shell(fmt::format("zoomin network create {}", wrong));
    CHECK(refused.status != 0);
    CHECK(lines_without_hints(refused.errors) == 1);
  }
  CHECK(output_of("zoomin network ls --filter label=k=v --format '{{.Name}}'") == "c");
  CHECK(output_of("zoomin network ls --filter driver=bridge --format '{{.Name}}'") ==
        "a\nb\nbridge\nc");
  CHECK(output_of("zoomin network ls --filter type=custom --format '{{.Name}}'") ==
        "a\nb\nc");
  output_of("zoomin create --name user --network a bb true");
  CHECK(output_of("zoomin network ls --filter dangling=true --format '{{.Name}}'") ==
        "b\nc");
  output_of("zoomin rm user");
  CHECK(shell("zoomin network ls --filter type=other").status != 0);
  CHECK(output_of("zoomin network rm a b c") == "a\nb\nc");
  CHECK(contains(shell("zoomin network rm host").errors, "pre-defined"));
  CHECK(shell("zoomin network inspect nosuch").status == 1);
}

TEST_CASE("a removed container leaves its network, even with unsent packets", "[final]") {
  import_busybox();
  output_of("zoomin run -d --name app bb sh -c 'nc -l -p 80 < /dev/zero'");
  const auto address = address_of("app");
  output_of("zoomin run -d --name slow bb sh -c 'sleep 60 | until nc " + address +
            " 80; do :; done | sleep 60'");
  const std::string waits =
      "zoomin exec app netstat -tn | grep -q '^tcp  *[0-9]*  *[1-9]'";
  output_of("until " + waits + "; do :; done");
  output_of("zoomin rm -f app");
  CHECK(output_of("ls /sys/class/net | grep -c veth") == "1");
  // Also if its monitor is killed: the next command removes the rest.
  output_of("zoomin run -d --name killed bb sh -c 'nc -l -p 80 < /dev/zero'");
  output_of("zoomin run -d --name late bb sh -c 'sleep 60 | until nc " +
            address_of("killed") + " 80; do :; done | sleep 60'");
  output_of(
      "until zoomin exec killed netstat -tn | grep -q '^tcp  *[0-9]*  *[1-9]'; do :; "
      "done");
  kill_monitor("killed");
  CHECK(output_of("zoomin ps -a --filter name=killed --format '{{.State}}'") == "exited");
  CHECK(output_of("ls /sys/class/net | grep -c veth") == "2");
  output_of("zoomin rm -f killed late");
  // Its address belongs to the next container alone.
  output_of("zoomin run -d --name app --ip " + address + " bb httpd -f -p 80 -h /etc");
  CHECK(contains(output_of("zoomin run --rm bb wget -qO- http://" + address + "/hosts"),
                 address));
  output_of("zoomin rm -f app slow");
}

TEST_CASE("a network in use isn't removed, and its users are named", "[final]") {
  import_busybox();
  shell("zoomin network create web; zoomin create --name c --network web bb sleep 1000");
  CHECK(contains(shell("zoomin network rm web").errors, "in use by c"));
  CHECK(output_of("zoomin network prune -f").empty());
  shell("zoomin start c");
  const auto shown = nlohmann::json::parse(output_of("zoomin network inspect web"))[0];
  CHECK(shown["Containers"].front()["Name"] == "c");
  CHECK(shown["Containers"].front()["IPv4Address"] == address_of("c") + "/24");
  CHECK(inspected("c")["NetworkSettings"]["Networks"]["web"]["NetworkID"] == shown["Id"]);
  CHECK(output_of("zoomin ps -q --filter network=web | wc -l") == "1");
  CHECK(output_of("zoomin ps --format '{{.Networks}}'") == "web");
  // Many containers at once on a new network.
  shell(
      "zoomin rm -f c; for i in 1 2 3 4 5 6; do zoomin run -d --network web --name n$i "
      "bb sleep 1000 & done; wait");
  CHECK(output_of("zoomin ps -q --filter network=web | wc -l") == "6");
  CHECK(output_of("zoomin exec n1 nslookup -type=a n6 | grep -c Address") == "2");
  shell("zoomin rm -f $(zoomin ps -aq); zoomin network rm web");
}

TEST_CASE("the default network stays in the kernel until it is removed", "[final]") {
  import_busybox();
  const auto there = [] {
    return output_of("ip -br link show zoomin0 2>/dev/null | cut -d ' ' -f 1") +
           output_of("nft list tables | sed 's/table ip/,/'");
  };
  const auto forwards = [] { return output_of("cat /proc/sys/net/ipv4/ip_forward"); };
  CHECK(there().empty());
  output_of("zoomin run --rm bb true");
  CHECK(there() == "zoomin0, zoomin0");
  const auto handle = output_of("nft -a list tables");
  const auto number = output_of("cat /sys/class/net/zoomin0/ifindex");
  output_of("zoomin run --rm -p 8080:80 bb true");
  CHECK(output_of("nft -a list tables") == handle);
  CHECK(output_of("cat /sys/class/net/zoomin0/ifindex") == number);
  CHECK_FALSE(contains(output_of("nft list ruleset"), "8080"));
  CHECK(forwards() == "1");
  // The network stays while a container runs there.
  output_of("zoomin run -d --name c bb sleep 600");
  const auto refused = shell("zoomin network rm bridge");
  CHECK(refused.status == 1);
  CHECK(contains(refused.errors, "network bridge is in use by c"));
  output_of("zoomin system prune -f");
  CHECK(there() == "zoomin0, zoomin0");
  output_of("zoomin stop -t 0 c");
  CHECK(output_of("zoomin network rm bridge") == "bridge");
  CHECK(there().empty());
  CHECK(forwards() == "0");
  CHECK(output_of("zoomin network ls --filter name=bridge -q | wc -l") == "1");
  CHECK(output_of("zoomin network rm default") ==
        "default");  // nothing to do is no error
  output_of("zoomin start c");
  CHECK(there() == "zoomin0, zoomin0");
  output_of("zoomin rm -f c; zoomin system prune -f");
  CHECK(there().empty());
  // A user-defined network stays after its last container, until `network rm`.
  output_of("zoomin network create web; zoomin run --rm --network web bb true");
  CHECK(output_of("ip -br link | grep -c '^zm-'") == "1");
  output_of("zoomin network rm web");
  CHECK(output_of("ip -br link | grep -c '^zm-'") == "0");
  CHECK(there().empty());
}

TEST_CASE("flushed rules are warned of, and restored by the next start",
          "[final][ways-out]") {
  import_busybox();
  output_of("zoomin network create red; zoomin network create blue");
  serve("red-one", "--network red -p 8080:80");
  serve("plain", "-p 8081:80");
  const auto guarded = [] {
    return output_of("cat /proc/sys/net/ipv4/conf/z*/route_localnet | sort -u");
  };
  const auto holds = [] {
    CHECK(fetch("blue", address_of("red-one")).empty());
    CHECK(fetch("bridge", address_of("red-one")).empty());
    CHECK(output_of("timeout 5 busybox wget -qO- http://192.0.2.2:8080/") == "red-one");
    CHECK(output_of("timeout 5 busybox wget -qO- http://127.0.0.1:8081/") == "plain");
  };
  holds();
  CHECK(shell("zoomin ps; zoomin info").errors.empty());
  CHECK(guarded() == "1");
  output_of("nft flush ruleset");
  for (const char* command : {"ps", "info"}) {
    const auto seen = shell("zoomin " + std::string(command));
    CHECK(seen.status == 0);
    CHECK(contains(seen.errors, "rules of network red are gone"));
    CHECK(contains(seen.errors, "rules of network bridge are gone"));
  }
  CHECK(guarded() == "0");
  SECTION("of any container") { output_of("zoomin run --rm bb true"); }
  SECTION("a restart") { output_of("zoomin restart -t 0 plain"); }
  SECTION("put into a network while it runs") {
    output_of("zoomin network connect blue plain; zoomin network disconnect blue plain");
  }
  CHECK(guarded() == "1");
  holds();
  CHECK(shell("zoomin ps").errors.empty());
  output_of("zoomin rm -f red-one plain; zoomin network rm red blue");
}

TEST_CASE("a monitor keeps no memory of libnftables or of its start", "[final]") {
  import_busybox();
  output_of("zoomin network create web");
  for (const char* flags : {"", "-p 8080:80", "--network web"}) {
    INFO(flags);
    output_of(fmt::format("zoomin run -d --name c {} bb sleep 600", flags));
    const auto monitor = output_of(
        "awk '/^PPid/ { print $2 }' /proc/$(zoomin inspect -f '{{.State.Pid}}' "
        "c)/status");
    CHECK(output_of("grep -c nftables /proc/" + monitor + "/maps") == "0");
    const auto private_kib = std::stoi(output_of(
        "awk '/^Private_Dirty|^Private_Clean/ { sum += $2 } END { print sum }' /proc/" +
        monitor + "/smaps_rollup"));
    CHECK(private_kib < 1500);  // 3,900 and more with the library
    output_of("zoomin rm -f c");
  }
  output_of("zoomin network rm web");
}

TEST_CASE("next to Docker no network of ours opens one of Docker's",
          "[final][ways-out]") {
  import_busybox();
  const scratch files;
  write_file(files / "index.html", "secret\n");
  // The host has Docker's rules, and a container of Docker whose port isn't published.
  shell("unshare -n sh -c 'echo $$ > " + (files / "pid") +
        "; exec sleep 600' >/dev/null 2>&1 & until [ -s " + (files / "pid") +
        " ]; do :; done; p=$(cat " + (files / "pid") +
        "); ip link add docker0 type bridge; ip link set docker0 up; "
        "ip address add 172.17.0.1/16 dev docker0; "
        "ip link add v type veth peer name eth0 netns $p; "
        "ip link set v master docker0 up; in=\"nsenter --net=/proc/$p/ns/net\"; "
        "$in ip link set eth0 up; $in ip address add 172.17.0.2/16 dev eth0; "
        "$in ip route add default via 172.17.0.1; $in busybox httpd -p 80 -h " +
        files.path());
  output_of(
      "nft 'table ip filter { chain DOCKER-USER { return; }\n chain FORWARD { type "
      "filter "
      "hook forward priority filter; policy drop; jump DOCKER-USER;\n oifname docker0 ct "
      "state established accept; iifname docker0 oifname != docker0 accept; }\n }'");
  CHECK(output_of("busybox wget -qO- http://172.17.0.2/") == "secret");
  output_of("zoomin network create web");
  for (const char* network : {"web", "bridge"}) {
    INFO(network);
    CHECK(fetch(network, "172.17.0.2").empty());
    CHECK(contains(
        output_of(fmt::format("zoomin run --rm --cap-add NET_RAW --network {} bb "
                              "ping -c 1 -W 3 198.51.100.1",
                              network)),
        "1 packets received"));
  }
  CHECK(contains(output_of("nft list chain ip filter DOCKER-USER"), "iifname \"zm-"));
  output_of("zoomin network rm web bridge");
  CHECK_FALSE(contains(output_of("nft list chain ip filter DOCKER-USER"), "\"z"));
  output_of("pkill -x -f 'busybox httpd -p 80 -h " + files.path() + "'; kill $(cat " +
            (files / "pid") + "); ip link del docker0; nft delete table ip filter");
}
