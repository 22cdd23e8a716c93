// SPDX-License-Identifier: MIT
// Tests of the program step2: a container's own network, on a bridge with others.
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>

#include <memory>
#include <regex>
#include <set>
#include <thread>

#include "02-net/coordination/shared_bridge.hpp"
#include "02-net/lab/probe.hpp"
#include "02-net/link.hpp"
#include "02-net/look.hpp"
#include "02-net/nft.hpp"
#include "common/process.hpp"
#include "common/sys.hpp"
#include "steps/step.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace zoomin;
using namespace zoomin::test;
using net::ask;
using net::outside;
using net::protocol;
using net::server;

namespace {

const std::string step2 = built("step2");

std::vector<std::string> command_of(const std::vector<std::string>& options,
                                    const std::string& script) {
  std::vector<std::string> result{step2, "--quiet"};
  result.insert(result.end(), options.begin(), options.end());
  result.insert(result.end(), {"--", "sh", "-c", script});
  return result;
}

// A container that waits for the end of its input. The destructor closes the input, so
// that the container ends normally.
struct networked_box : subprocess {
  explicit networked_box(const std::vector<std::string>& options = {})
      : subprocess(command_of(options, "echo ready; read -r end")),
        pid(first_process()) {}
  ~networked_box() {
    if (program() > 0) end();
  }
  [[nodiscard]] std::string address() const {
    const std::string result = net::addresses_in(pid).at(0);  // "eth0 10.79.0.2/16"
    return result.substr(5, result.find('/') - 5);
  }
  pid_t pid;
};

run_result step2_with(const std::vector<std::string>& options,
                      const std::string& script = "true") {
  return run(command_of(options, script));
}

void check_step2_refused(const std::vector<std::string>& options,
                         const std::string& part) {
  check_refused(step2, options, part);
}

char forwarding() { return sys::read_file("/proc/sys/net/ipv4/ip_forward").front(); }

void nft_run(const std::string& text) { nft::run({{sys::quiet, text}}); }

}  // namespace

TEST_CASE("step2: the message about a wrong option comes alone", "[step2]") {
  check_that_errors_come_alone(step2, {{"--ip", "10.80.0.2"},
                                       {"--subnet", "10.79.0.1/16"},
                                       {"--publish", "80"},
                                       {"--publish", "127.0.0.1:8080:0"}});
}

TEST_CASE("the self-check of step2 holds", "[step2]") { check_self_check(step2); }

TEST_CASE("step1 fails exactly the network facts of the self-check", "[step2]") {
  const auto result = run({step2, "--self-check=" + built("step1")}, 120);
  INFO(result.output << result.errors);
  CHECK(result.status == 1);
  CHECK_FALSE(contains(result.output, "FAIL pid"));
  CHECK_FALSE(contains(result.output, "ok   net"));
  CHECK(contains(result.output, "FAIL net"));
}

TEST_CASE("an option that can be repeated takes one value, and not the command",
          "[step2]") {
  const auto ran = shell("step2 -q --publish 8080:80 --publish 8081:81 echo ran");
  CHECK(ran.errors.empty());
  CHECK(ran.output == "ran\n");
  const auto misspelt = shell("step2 -q --publich 8080:80 -- true");
  CHECK(misspelt.errors ==
        "step2: unknown option: --publich\nhint: `step2 --help` lists the options\n");
  CHECK(misspelt.status == 125);
  CHECK(contains(shell("step2 --explain true").errors, "and -- before the command"));
}

TEST_CASE("a container has lo and eth0, with an address on the bridge", "[step2]") {
  const auto result = step2_with({"--ip", "10.79.4.7"}, "ip -o address; ip route");
  INFO(result.output);
  CHECK(contains(result.output, "lo    inet 127.0.0.1/8"));
  CHECK(contains(result.output, "eth0    inet 10.79.4.7/16"));
  CHECK(contains(result.output, "default via 10.79.0.1 dev eth0"));
  CHECK_FALSE(contains(result.output, "zoomin0"));
  CHECK_FALSE(contains(result.output, "eth0    inet6"));
}

TEST_CASE("a container reaches the gateway, other containers and outside", "[step2]") {
  networked_box box, other;
  const server at_gateway(::getpid(), "10.79.0.1", 7), there(other.pid, "0.0.0.0", 7),
      beyond(outside(), "0.0.0.0", 7);
  CHECK(ask(box.pid, "10.79.0.1", 7) == "hears " + box.address());
  CHECK(ask(box.pid, other.address(), 7) == "hears " + box.address());
  CHECK(ask(box.pid, "198.51.100.1", 7) == "hears 192.0.2.2");
  CHECK(ask(box.pid, "192.0.2.1", 7) == "hears 192.0.2.2");
  CHECK(ask(::getpid(), other.address(), 7) == "hears 10.79.0.1");
}

TEST_CASE("both views are printed, and that nothing is left over", "[step2]") {
  const auto result = run({step2, "--explain=full", "--", "true"});
  for (const char* fact :
       {"net namespace", "cable", "zoomin0 10.79.0.1/16", "via 10.79.0.1 dev eth0",
        "bridge zoomin0 gone", "table ip zoomin0 gone", "step 3 fixes it"})
    CHECK(contains(result.errors, fact));
}

TEST_CASE("published ports can be reached from everywhere", "[step2]") {
  networked_box box(
      {"--publish", "8080:80", "-p", "5353:53/udp", "--publish", "8081:80"}),
      other;
  const server web(box.pid, "0.0.0.0", 80), names(box.pid, "0.0.0.0", 53, protocol::udp);
  for (const std::uint16_t port : std::initializer_list<std::uint16_t>{8080, 8081}) {
    CHECK(ask(outside(), "192.0.2.2", port) == "hears 192.0.2.1");
    CHECK(ask(::getpid(), "192.0.2.2", port) == "hears 192.0.2.2");
    CHECK(ask(::getpid(), "127.0.0.1", port) == "hears 10.79.0.1");
    CHECK(ask(::getpid(), "10.79.0.1", port) == "hears 10.79.0.1");
    CHECK(ask(other.pid, "192.0.2.2", port) == "hears 10.79.0.1");
    CHECK(ask(other.pid, "10.79.0.1", port) == "hears 10.79.0.1");
    CHECK(ask(box.pid, "192.0.2.2", port) == "hears 10.79.0.1");
    CHECK(ask(box.pid, "10.79.0.1", port) == "hears 10.79.0.1");
  }
  CHECK(ask(outside(), "192.0.2.2", 5353, protocol::udp) == "hears 192.0.2.1");
  CHECK(ask(::getpid(), "127.0.0.1", 5353, protocol::udp) == "hears 10.79.0.1");
  CHECK(ask(box.pid, "192.0.2.2", 5353, protocol::udp) == "hears 10.79.0.1");
}

TEST_CASE("a port published at one address is closed at the others", "[step2]") {
  networked_box box({"--publish", "127.0.0.1:8080:80", "--publish", "192.0.2.2:8081:80"});
  const server web(box.pid, "0.0.0.0", 80);
  CHECK(ask(::getpid(), "127.0.0.1", 8080) == "hears 10.79.0.1");
  CHECK(ask(outside(), "192.0.2.2", 8080, protocol::tcp, 1).starts_with("("));
  CHECK(ask(outside(), "192.0.2.2", 8081) == "hears 192.0.2.1");
  CHECK(ask(::getpid(), "127.0.0.1", 8081, protocol::tcp, 1).starts_with("("));
}

TEST_CASE("unpublished ports can't be reached through the host", "[step2]") {
  networked_box box({"--publish", "8080:80"});
  const server inside(box.pid, "0.0.0.0", 81);
  net::run_in(outside(), {"ip", "route", "add", "10.79.0.0/16", "via", "192.0.2.2"});
  CHECK(ask(outside(), box.address(), 81, protocol::tcp, 1) == "(no answer)");
  CHECK(ask(::getpid(), box.address(), 81) == "hears 10.79.0.1");
}

TEST_CASE("a port that another program uses is refused", "[step2]") {
  const server tcp(::getpid(), "0.0.0.0", 8080), here(::getpid(), "127.0.0.1", 8081),
      udp(::getpid(), "0.0.0.0", 5353, protocol::udp);
  check_step2_refused({"--publish", "8080:80"},
                      "Bind for 0.0.0.0:8080 failed: port is already allocated");
  check_step2_refused({"--publish", "8081:80"},
                      "Bind for 0.0.0.0:8081 failed: port is already allocated");
  check_step2_refused({"--publish", "127.0.0.1:8080:80"},
                      "127.0.0.1:8080 failed: port is already allocated");
  check_step2_refused({"--publish", "5353:53/udp"},
                      "Bind for 0.0.0.0:5353 failed: port is already allocated");
  CHECK(step2_with({"--publish", "192.0.2.2:8081:80"}).status == 0);
  CHECK(step2_with({"--publish", "5353:53/tcp"}).status == 0);
}

TEST_CASE("a port of another container is refused until that ends", "[step2]") {
  {
    networked_box one({"--publish", "8080:80"});
    check_step2_refused({"--publish", "8080:80"},
                        "Bind for 0.0.0.0:8080 failed: port is already allocated");
    check_step2_refused({"-p", "8082:80", "-p", "8082:81"},
                        "Bind for 0.0.0.0:8082 failed: port is already allocated");
  }
  networked_box next({"--publish", "8080:80"});
  const server web(next.pid, "0.0.0.0", 80);
  CHECK(ask(outside(), "192.0.2.2", 8080) == "hears 192.0.2.1");
}

TEST_CASE("no other program can bind a published port", "[step2]") {
  networked_box box({"--publish", "8080:80"});
  CHECK_THROWS(server(::getpid(), "0.0.0.0", 8080));
}

TEST_CASE("invalid ports and addresses are refused in one line", "[step2]") {
  check_step2_refused({"--publish", "0:80"}, "\"0\" is not a port");
  check_step2_refused({"--publish", "80:0"}, "\"0\" is not a port");
  check_step2_refused({"--publish", "70000:80"}, "\"70000\" is not a port");
  check_step2_refused({"--publish", "text"}, "the container's port is missing");
  check_step2_refused({"--publish", ""}, "the container's port is missing");
  check_step2_refused({"--publish", "web:80"}, "\"web\" is not a port");
  check_step2_refused({"--publish", "203.0.113.9:8080:80"},
                      "203.0.113.9 is not an address of this host");
  check_step2_refused({"--publish", "8080:80/sctp"}, "expected /tcp or /udp");
  check_step2_refused({"--ip", "10.80.0.2"}, "not in 10.79.0.0/16");
  check_step2_refused({"--ip", "10.79.0.0"}, "the address of 10.79.0.0/16 itself");
  check_step2_refused({"--ip", "10.79.255.255"}, "the broadcast address");
  check_step2_refused({"--ip", "10.79.0.1"}, "the gateway");
  check_step2_refused({"--ip", "box"}, "not an IPv4 address");
  check_step2_refused({"--ip", ""}, "not an IPv4 address");
  check_step2_refused({"--subnet", "10.80.0.0/31"}, "the prefix must be from 8 to 30");
  check_step2_refused({"--subnet", "box"}, "not a network");
  CHECK_FALSE(sys::exists("/sys/class/net/zoomin0"));
}

TEST_CASE("an address of another container is refused until that ends", "[step2]") {
  {
    networked_box one({"--ip", "10.79.4.7"});
    check_step2_refused({"--ip", "10.79.4.7"}, "address already in use");
  }
  networked_box next({"--ip", "10.79.4.7"});
  CHECK(next.address() == "10.79.4.7");
}

TEST_CASE("the address of a killed container works for the next at once", "[step2]") {
  networked_box stays;
  const server here(::getpid(), "10.79.0.1", 7);
  for (int i = 0; i < 5; ++i) {
    {
      subprocess killed(command_of({"--ip", "10.79.4.7"}, "echo ready; read -r end"));
      const pid_t first = killed.first_process();
      CHECK(ask(first, "10.79.0.1", 7) == "hears 10.79.4.7");
    }
    networked_box next({"--ip", "10.79.4.7"});
    const server inside(next.pid, "0.0.0.0", 9);
    CHECK(ask(next.pid, "10.79.0.1", 7) == "hears 10.79.4.7");
    CHECK(ask(::getpid(), "10.79.4.7", 9) == "hears 10.79.0.1");
  }
}

TEST_CASE("an error reports that all addresses are in use", "[step2]") {
  networked_box box({"--subnet", "10.80.0.0/29"}), two({"--subnet", "10.80.0.0/29"}),
      three({"--subnet", "10.80.0.0/29"}), four({"--subnet", "10.80.0.0/29"}),
      five({"--subnet", "10.80.0.0/29"});
  const std::set<std::string> result{box.address(), two.address(), three.address(),
                                     four.address(), five.address()};
  CHECK(result.size() == 5);
  check_step2_refused({"--subnet", "10.80.0.0/29"},
                      "no free address in 10.80.0.0/29: all 5 are in use");
}

TEST_CASE("another subnet works unless a route or the bridge conflicts", "[step2]") {
  {
    networked_box box({"--subnet", "172.29.0.0/24"});
    CHECK(box.address().starts_with("172.29.0."));
    const server beyond(outside(), "0.0.0.0", 7);
    CHECK(ask(box.pid, "198.51.100.1", 7) == "hears 192.0.2.2");
    check_step2_refused({}, "zoomin0 is in use with 172.29.0.0/24");
  }
  check_step2_refused({"--subnet", "192.0.2.0/25"},
                      "192.0.2.0/25 overlaps the route 192.0.2.0/24 dev eth0");
  CHECK(forwarding() == '0');
}

TEST_CASE("200 containers started at once are connected, with different addresses",
          "[step2]") {
  std::vector<std::unique_ptr<subprocess>> programs;
  for (int i = 0; i < 200; ++i)
    programs.push_back(std::make_unique<subprocess>(
        command_of({}, "ip -4 -o address show dev eth0; echo ready; read -r end")));
  const server here(::getpid(), "10.79.0.1", 7);
  std::set<std::string> addresses;
  int answered = 0;
  for (const auto& program : programs) {
    addresses.insert(program->line(120));
    if (ask(program->first_process(), "10.79.0.1", 7).starts_with("hears 10.79."))
      ++answered;
  }
  CHECK(addresses.size() == 200);
  CHECK(answered == 200);
  for (const auto& one : programs) one->close_input();
  int ended_well = 0;
  for (const auto& one : programs)
    ended_well += one->end(60) == 1 ? 1 : 0;  // the status of `read`
  CHECK(ended_well == 200);
  CHECK(net::links::index("zoomin0") == 0);
}

TEST_CASE("an error names a full bridge", "[step2]") {
  networked_box box;
  std::string add;
  for (int i = 0; i < 511; ++i) {
    add += fmt::format("link add a{0} type veth peer name b{0}\n", i);
    add += fmt::format("link set a{0} master zoomin0\nlink set b{0} master zoomin0\n", i);
    add += fmt::format("link set a{} group 7\n", i);
  }
  REQUIRE(check::run_to_end({"ip", "-batch", "-"}, 60, add).status == 0);
  check_step2_refused({}, "RTM_NEWLINK(veth");
  CHECK(contains(step2_with({}).errors, "1,023 ports"));
  CHECK(run({"ip", "link", "delete", "group", "7"}).status == 0);
  CHECK(step2_with({}).status == 0);
}

TEST_CASE("option --keep-bridge keeps the bridge until the next container ends",
          "[step2]") {
  CHECK(step2_with({"--keep-bridge"}).status == 0);
  const int index = net::links::index("zoomin0");
  CHECK(index != 0);
  CHECK(forwarding() == '1');
  {
    networked_box next({"--publish", "8080:80"});
    const server inside(next.pid, "0.0.0.0", 80), beyond(outside(), "0.0.0.0", 7);
    CHECK(net::links::index("zoomin0") == index);
    CHECK(ask(outside(), "192.0.2.2", 8080) == "hears 192.0.2.1");
    CHECK(ask(next.pid, "198.51.100.1", 7) == "hears 192.0.2.2");
  }
  CHECK(net::links::index("zoomin0") == 0);
  CHECK(forwarding() == '0');
}

TEST_CASE("forwarding that was on before stays on", "[step2]") {
  sys::write_file(sys::quiet, "/proc/sys/net/ipv4/ip_forward", "1");
  CHECK(step2_with({}).status == 0);
  CHECK(forwarding() == '1');
  sys::write_file(sys::quiet, "/proc/sys/net/ipv4/ip_forward", "0");
}

TEST_CASE("the next container cleans up after killed ones", "[step2]") {
  {
    subprocess killed(command_of({"-p", "8080:80"}, "echo ready; read -r end"));
    killed.first_process();
  }  // the destructor sends SIGKILL to program and container
  CHECK(net::links::index("zoomin0") != 0);
  CHECK(forwarding() == '1');
  CHECK(step2_with({"-p", "8080:80"}).status == 0);
  CHECK(net::links::index("zoomin0") == 0);
  CHECK(forwarding() == '0');
}

TEST_CASE("the next container cleans up after one killed at any request", "[step2]") {
  if (run({"strace", "-V"}).status != 0) skip_loudly("strace(1) isn't installed");
  int killed = 0;
  for (const char* call : {"sendmsg", "pwrite64", "flock", "bind", "clone3"})
    for (int when = 1; when < 20; ++when) {
      const auto cut = shell(fmt::format(
          "strace -o /dev/null -e trace={0} -e inject={0}:signal=KILL:when={1} "
          "step2 -q -p 8080:80 -- true",
          call, when));
      INFO(call << " " << when << ": " << cut.errors);
      if (cut.status == 0) break;
      ++killed;
      CHECK(step2_with({"-p", "8080:80"}, "ip -o address show dev eth0").status == 0);
      CHECK(net::links::index("zoomin0") == 0);
      CHECK(forwarding() == '0');
    }
  CHECK(killed > 20);
}

TEST_CASE("an error of the kernel is one line, and nothing is left over", "[step2]") {
  if (run({"strace", "-V"}).status != 0) skip_loudly("strace(1) isn't installed");
  int refused = 0;
  for (int when = 1; when < 20; ++when) {
    const auto result = shell(fmt::format(
        "strace -o /dev/null -e trace=sendmsg -e inject=sendmsg:error=EPERM:when={} "
        "step2 -q -p 8080:80 -- true",
        when));
    INFO(when << ": " << result.errors);
    if (result.status == 0 && result.errors.empty()) break;
    ++refused;
    CHECK(lines_without_hints(result.errors) >= 1);
    CHECK(lines_without_hints(result.errors) <=
          2);  // perhaps with a warning about leftovers
    CHECK(step2_with({}).status == 0);
    CHECK(net::links::index("zoomin0") == 0);
  }
  CHECK(refused > 5);
}

TEST_CASE("a kernel without nf_tables causes one line and a hint", "[step2]") {
  if (run({"strace", "-V"}).status != 0) skip_loudly("strace(1) isn't installed");
  const auto result = shell(
      "strace -f -o /dev/null -e trace=socket -e "
      "inject=socket:error=EPROTONOSUPPORT:when=1 step2 -q -- true");
  CHECK(result.status == 125);
  CHECK(lines_without_hints(result.errors) == 1);
  CHECK(contains(result.errors, "hint: this kernel has no nf_tables"));
  CHECK(net::links::index("zoomin0") == 0);
  CHECK(forwarding() == '0');
}

TEST_CASE("Docker's firewall admits its packets, and is restored", "[step2]") {
  sys::write_file(sys::quiet, "/proc/sys/net/ipv4/ip_forward", "1");  // as Docker does
  nft_run(
      "table ip filter {\n"
      "  chain DOCKER-USER { counter return; }\n"
      "  chain FORWARD {\n"
      "    type filter hook forward priority filter; policy drop;\n"
      "    jump DOCKER-USER\n"
      "  }\n"
      "}\n");
  const std::string before = nft::list("list table ip filter");
  {
    networked_box box({"--publish", "8080:80"}), other;
    const server beyond(outside(), "0.0.0.0", 7), web(box.pid, "0.0.0.0", 80);
    CHECK(ask(box.pid, "198.51.100.1", 7) == "hears 192.0.2.2");
    CHECK(ask(outside(), "192.0.2.2", 8080) == "hears 192.0.2.1");
    const auto rules = nft::list("list chain ip filter DOCKER-USER");
    CHECK(contains(rules, "iifname \"zoomin0\" accept"));
    CHECK(contains(rules, "oifname \"zoomin0\" accept"));
    CHECK(box.errors(0).empty());
  }
  const auto after = nft::list("list chain ip filter DOCKER-USER");
  CHECK_FALSE(contains(after, "zoomin0"));
  nft_run("delete table ip filter\n");
  sys::write_file(sys::quiet, "/proc/sys/net/ipv4/ip_forward", "0");
}

TEST_CASE("unpublished ports of Docker's containers stay closed", "[step2]") {
  sys::write_file(sys::quiet, "/proc/sys/net/ipv4/ip_forward", "1");  // as Docker does
  run({"sh", "-c",
       "ip link add docker0 type bridge; ip link set docker0 up; "
       "ip address add 172.17.0.1/16 dev docker0"});
  subprocess other({"unshare", "--net", "sh", "-c", "echo ready; read -r end"});
  REQUIRE(other.line() == "ready");
  run({"sh", "-c",
       fmt::format(
           "ip link add v type veth peer name eth0 netns {}; ip link set v master "
           "docker0 up",
           other.program())});
  for (const char* line : {"ip link set eth0 up", "ip address add 172.17.0.2/16 dev eth0",
                           "ip route add default via 172.17.0.1"})
    net::run_in(other.program(), {"sh", "-c", line});
  // These are like Docker's rules: its own packets go out, established or published ones
  // come in.
  nft_run(
      "table ip filter {\n"
      "  chain DOCKER-USER { counter return; }\n"
      "  chain FORWARD {\n"
      "    type filter hook forward priority filter; policy drop;\n"
      "    jump DOCKER-USER\n"
      "    oifname docker0 ct state established accept\n"
      "    iifname docker0 oifname != docker0 accept\n"
      "    iifname != docker0 oifname docker0 ip daddr 172.17.0.2 tcp dport 80 accept\n"
      "  }\n"
      "}\n"
      "table ip nat {\n"
      "  chain PREROUTING {\n"
      "    type nat hook prerouting priority dstnat;\n"
      "    fib daddr type local tcp dport 8888 dnat to 172.17.0.2:80\n"
      "  }\n"
      "}\n");
  {
    networked_box box;
    const server open(other.program(), "0.0.0.0", 80),
        secret(other.program(), "0.0.0.0", 81), ours(box.pid, "0.0.0.0", 80),
        beyond(outside(), "0.0.0.0", 7);
    CHECK(ask(box.pid, "172.17.0.2", 81, protocol::tcp, 1) == "(no answer)");
    CHECK(ask(box.pid, "192.0.2.2", 8888) == "hears 172.17.0.1");
    CHECK(ask(box.pid, "198.51.100.1", 7) == "hears 192.0.2.2");
    CHECK(ask(other.program(), box.address(), 80, protocol::tcp, 1) == "(no answer)");
    // The next container notices that Docker's rules were reloaded.
    nft_run("flush chain ip filter DOCKER-USER");
    CHECK(ask(box.pid, "198.51.100.1", 7, protocol::tcp, 1) == "(no answer)");
    step2_with({});
    CHECK(ask(box.pid, "198.51.100.1", 7) == "hears 192.0.2.2");
    CHECK(ask(box.pid, "172.17.0.2", 81, protocol::tcp, 1) == "(no answer)");
  }
  nft_run("delete table ip filter; delete table ip nat");
  run({"ip", "link", "del", "docker0"});
  sys::write_file(sys::quiet, "/proc/sys/net/ipv4/ip_forward", "0");
}

TEST_CASE("forwarding stays on if Docker was started later", "[step2]") {
  {
    networked_box box;
    nft_run("table ip filter {\n  chain DOCKER-USER {\n  }\n}\n");
  }
  CHECK(forwarding() == '1');
  nft_run("delete table ip filter\n");
  sys::write_file(sys::quiet, "/proc/sys/net/ipv4/ip_forward", "0");
}

TEST_CASE("a warning names another firewall, and the command to open it", "[step2]") {
  nft_run(
      "table inet mine {\n"
      "  chain passing {\n"
      "    type filter hook forward priority filter; policy drop;\n"
      "  }\n"
      "}\n");
  const auto result = step2_with({});
  CHECK(result.status == 0);
  CHECK(contains(result.errors, "warning: a firewall (inet mine, chain passing)"));
  CHECK(contains(result.errors,
                 "nft 'insert rule inet mine passing iifname zoomin0 accept"));
  CHECK(lines_without_hints(result.errors) == 1);
  nft_run("delete table inet mine\n");
}

TEST_CASE("the next container restores rules that another program flushed", "[step2]") {
  networked_box one({"--publish", "8080:80"}), other;
  const server web(one.pid, "0.0.0.0", 80), beyond(outside(), "0.0.0.0", 7);
  const auto is_whole = [&] {
    return ask(outside(), "192.0.2.2", 8080) == "hears 192.0.2.1" &&
           ask(other.pid, "198.51.100.1", 7) == "hears 192.0.2.2";
  };
  CHECK(is_whole());
  SECTION("all of them") { nft_run("flush ruleset"); }
  SECTION("and loaded again from a file, as they were when that was written") {
    const auto old = nft::list("list ruleset");
    networked_box late({"--publish", "8081:80"});
    nft_run("flush ruleset\n" + old);
  }
  step2_with({});
  CHECK(is_whole());
  CHECK(sys::read_file("/proc/sys/net/ipv4/conf/zoomin0/route_localnet") == "1\n");
  // Its port belongs to the next container only, and is removed with it.
  CHECK(step2_with({"--publish", "8081:80"}).status == 0);
  CHECK_FALSE(contains(nft::list("list map ip zoomin0 ports"), "8081"));
}

TEST_CASE("a neighbour that routes 127.0.0.0/8 here reaches nothing", "[step2]") {
  networked_box box({"--publish", "127.0.0.1:8080:80"});
  const server web(box.pid, "0.0.0.0", 80);
  CHECK(ask(::getpid(), "127.0.0.1", 8080) == "hears 10.79.0.1");
  net::run_in(outside(),
              {"sh", "-c", "echo 1 > /proc/sys/net/ipv4/conf/eth0/route_localnet"});
  net::run_in(outside(), {"ip", "address", "del", "127.0.0.1/8", "dev", "lo"});
  net::run_in(outside(), {"ip", "route", "add", "127.0.0.0/8", "via", "192.0.2.2"});
  CHECK(ask(outside(), "127.0.0.1", 8080, protocol::tcp, 1) == "(no answer)");
}

TEST_CASE("iptables' own chain (ufw's) admits its packets, and is restored", "[step2]") {
  const auto chain = [](const char* family) {
    return fmt::format(
        "table {} filter {{\n  chain FORWARD {{\n    type filter hook forward priority "
        "filter; policy drop;\n  }}\n}}\n",
        family);
  };
  networked_box early;
  nft_run(chain("ip") + chain("ip6"));  // `ufw enable`, after the first container
  const auto before = nft::list("list chain ip filter FORWARD");
  const server beyond(outside(), "0.0.0.0", 7);
  CHECK(ask(early.pid, "198.51.100.1", 7, protocol::tcp, 1) == "(no answer)");
  {
    networked_box one({"--publish", "8080:80"});
    const server web(one.pid, "0.0.0.0", 80);
    CHECK(ask(early.pid, "198.51.100.1", 7) == "hears 192.0.2.2");
    CHECK(ask(outside(), "192.0.2.2", 8080) == "hears 192.0.2.1");
    CHECK(one.errors(0).empty());  // no warning: the user need not do anything
  }
  early.end();
  CHECK(nft::list("list chain ip filter FORWARD") == before);
  nft_run("delete table ip filter; delete table ip6 filter");
}

TEST_CASE("there is one warning for each other firewall", "[step2]") {
  networked_box stays;
  nft_run(
      "table inet mine {\n  chain passing {\n    type filter hook forward priority "
      "filter; policy drop;\n  }\n}\n");
  CHECK(
      contains(step2_with({}).errors, "warning: a firewall (inet mine, chain passing)"));
  CHECK(step2_with({}).errors.empty());
  nft_run("delete table inet mine");
}

TEST_CASE("no container reaches the host's loopback, or sends as it", "[step2]") {
  networked_box box;
  const server secret(::getpid(), "127.0.0.1", 6379);
  net::run_in(box.pid,
              {"sh", "-c", "echo 1 >/proc/sys/net/ipv4/conf/eth0/route_localnet"});
  SECTION("as a destination") {
    net::run_in(box.pid, {"ip", "address", "flush", "dev", "lo"});
    net::run_in(box.pid, {"ip", "route", "add", "127.0.0.0/8", "via", "10.79.0.1"});
    CHECK(ask(box.pid, "127.0.0.1", 6379, protocol::tcp, 1) == "(no answer)");
  }
  SECTION("as a source") {
    const auto say = [&](const std::string& source) {
      return net::heard_while(
          5353, [&] { ask(box.pid, "10.79.0.1", 5353, protocol::udp, 1, source); });
    };
    CHECK(say("127.0.0.1") == "(nothing)");
    CHECK(say("127.0.0.2") == "(nothing)");
    CHECK(say("") == "hears " + box.address());
  }
}

TEST_CASE("missing network capabilities cause one line", "[step2]") {
  const auto result = shell("setpriv --bounding-set=-net_admin step2 -q -- echo ran", 20);
  INFO(result.errors);
  CHECK(result.status == 125);
  CHECK(lines_without_hints(result.errors) == 1);
  CHECK(step2_with({}).status == 0);  // cleans up
}

TEST_CASE("a missing or failing command leaves nothing", "[step2]") {
  CHECK(run({step2, "-q", "-p", "8080:80", "--", "/no/such"}).status == 127);
  CHECK(net::links::index("zoomin0") == 0);
  CHECK(step2_with({"-p", "8080:80"}, "exit 3").status == 3);
  CHECK(net::links::index("zoomin0") == 0);
}

TEST_CASE("a full disk causes one line, and nothing is left over", "[step2]") {
  for (const char* size : {"size=4k", "nr_inodes=2", "nr_inodes=4"}) {
    REQUIRE(shell(fmt::format("mkdir -p /run/full && mount -t tmpfs -o {} full /run/full "
                              "&& head -c 4096 /dev/zero >/run/full/much; true",
                              size))
                .status == 0);
    const auto result = shell("ZOOMIN_RUN=/run/full step2 -q -p 8080:80 -- echo ran");
    INFO(size << ": " << result.output << result.errors);
    CHECK(result.status == 125);
    CHECK(lines_without_hints(result.errors) == 1);
    CHECK(contains(result.errors, "No space left on device"));
    CHECK(net::links::index("zoomin0") == 0);
    CHECK(forwarding() == '0');
    CHECK(shell("umount /run/full && rmdir /run/full").status == 0);
  }
}

TEST_CASE("closed standard streams do no harm", "[step2]") {
  for (const char* closed : {"<&-", ">&-", "2>&-", "<&- >&- 2>&-"}) {
    INFO(closed);
    CHECK(shell(fmt::format("step2 -- sh -c 'exit 7' {}", closed)).status == 7);
  }
  CHECK(net::links::index("zoomin0") == 0);
}

TEST_CASE("one process can have several networks", "[step2]") {
  net::shared_bridge one({"zoomin0", net::default_pool});
  net::shared_bridge other({"zoomin1", net::parse_subnet("10.80.0.0/24")});
  const auto lease = other.reserve("id"), second = other.reserve("id");
  CHECK(lease.endpoint.gateway.text() == "10.80.0.1");
  CHECK(lease.endpoint.own != second.endpoint.own);
  CHECK_THROWS(other.reserve("id", lease.endpoint.own));
  one.leave();
  CHECK(net::links::index("zoomin0") == 0);
  CHECK(net::links::index("zoomin1") != 0);
  CHECK(forwarding() == '1');
  other.leave();
  CHECK(net::links::index("zoomin1") == 0);
  CHECK(forwarding() == '0');
}

TEST_CASE("a connection that outlives its process doesn't keep the cable", "[step2]") {
  networked_box stays;
  subprocess program(
      command_of({}, "busybox nc -l -p 80 < /dev/zero & echo ready; read -r end"));
  const pid_t first = program.first_process();
  const std::string address = net::addresses_in(first).at(0).substr(5);
  subprocess slow(
      {"sh", "-c",
       fmt::format("sleep 100 | until busybox nc {} 80; do :; done | sleep 100",
                   address.substr(0, address.find('/')))});
  // Wait until much unread data is in flight: recv-q, send-q, from, to, state.
  const std::regex waiting("tcp +[0-9]+ +[1-9][0-9]+ +[0-9a-f.:]+:80 ");
  for (int i = 0; i < 1000; ++i)
    if (std::regex_search(net::run_in(first, {"busybox", "netstat", "-tn"}), waiting))
      break;
  const std::string cable = fmt::format("veth{}", first);
  CHECK(net::links::index(cable) != 0);
  program.end();
  CHECK(net::links::index(cable) == 0);
}

TEST_CASE("it is no error if another program has removed a link", "[step2]") {
  net::links host;
  CHECK_NOTHROW(host.lower(narration::quiet, "no-such-link"));
  CHECK_NOTHROW(host.remove(narration::quiet, "no-such-link"));
}

TEST_CASE("containers of different networks can't reach each other", "[step2]") {
  networked_box box;
  net::shared_bridge other({"zoomin1", net::parse_subnet("10.80.0.0/24")});
  const server at_gateway(::getpid(), "10.80.0.1", 7);
  const auto endpoint = other.reserve("id").endpoint;
  subprocess neighbour({"unshare", "--net", "sh", "-c", "echo ready; read -r end"});
  CHECK(neighbour.line() == "ready");
  const auto cable = other.connect(neighbour.program(), endpoint);
  net::run_in(neighbour.program(), {"ip", "link", "set", "eth0", "up"});
  net::run_in(neighbour.program(),
              {"ip", "address", "add", endpoint.own.text() + "/24", "dev", "eth0"});
  net::run_in(neighbour.program(), {"ip", "route", "add", "default", "via", "10.80.0.1"});
  const server there(neighbour.program(), "0.0.0.0", 7);
  CHECK(ask(neighbour.program(), "10.80.0.1", 7) == "hears " + endpoint.own.text());
  CHECK(ask(box.pid, endpoint.own.text(), 7, protocol::tcp, 1) == "(no answer)");
}

TEST_CASE("a run with --skip leaves this host as it was", "[step2]") {
  // IPv6 addresses are left out: the host's own may still be tentative, before or after.
  const auto result = [] {
    return run({"ip", "link"}).output + run({"ip", "-4", "address"}).output +
           nft::list("list ruleset");
  };
  const std::string before = result();
  for (const char* name :
       {"clone3.net", "release.bridge", "release.rules", "release.forward"})
    run({step2, "-q", "--skip", name, "--", "true"});
  CHECK(result() == before);
  CHECK(forwarding() == '0');
}
