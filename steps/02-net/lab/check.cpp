// SPDX-License-Identifier: MIT
// The facts about a container's network. They are verified by servers and clients in the
// networks of the container, of the host and outside.
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "02-net/lab/check.hpp"
#include "02-net/lab/probe.hpp"
#include "02-net/link.hpp"
#include "02-net/look.hpp"
#include "02-net/nft.hpp"
#include "02-net/query/link_list.hpp"
#include "02-net/query/ruleset.hpp"
#include "common/sys.hpp"

namespace zoomin::net {

using namespace sys;

namespace {

using check::expect;

constexpr const char* own_address = "192.0.2.2";         // the host's
constexpr const char* outside_address = "198.51.100.1";  // in the outside network
constexpr const char* gateway = "10.79.0.1";
constexpr const char* anywhere = "0.0.0.0";
constexpr std::uint16_t service = 80;  // the container's port

pid_t host() { return ::getpid(); }

// An idle container on the bridge. Its constructor fails unless the container has a
// network of its own, so that nothing is proved about a program that doesn't make one.
struct idle_container : check::subject {
  explicit idle_container(const std::vector<std::string>& options = {})
      : subject(options, {"sh", "-c", "echo ready; read -r end"}), pid(first_process()) {
    expect(look::namespace_number(pid, "net") != look::namespace_number(host(), "net"),
           "its network is the host's");
    const auto result = addresses_in(pid);
    expect(result.size() == 1 && result.front().starts_with("eth0 "),
           fmt::format("its addresses are: {}", fmt::join(result, ", ")));
    const std::string with_prefix = result.front().substr(5);
    address = with_prefix.substr(0, with_prefix.find('/'));
  }
  pid_t pid;
  std::string address;
};

void expect_answer(const std::string& got, const std::string& sender,
                   const std::string& label) {
  expect(got == "hears " + sender, fmt::format("{}: {}, not {}", label, got, sender));
}

void expect_none(const std::string& got, const std::string& label) {
  expect(got.starts_with("("), fmt::format("{}: {}", label, got));
}

// Waits up to 3 s, since the kernel removes some objects a moment after the last process.
void expect_soon(const std::function<bool()>& holds, const std::string& why) {
  for (int i = 0; i < 300 && !holds(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  expect(holds(), why);
}

void kill_owner(idle_container& container) {
  container.kill(SIGKILL);
  siginfo_t ended{};
  ::waitid(P_PID, static_cast<id_t>(container.program()), &ended, WEXITED | WNOWAIT);
}

char forwarding() { return read_file("/proc/sys/net/ipv4/ip_forward").front(); }

std::string published(const std::string& host_port) {
  return fmt::format("{}:{}", host_port, service);
}

// --- its own stack ---

void own_stack() {
  const idle_container container;
  const server inside(container.pid, "127.0.0.1", 7);
  expect_answer(ask(container.pid, "127.0.0.1", 7), "127.0.0.1", "its own loopback");
  expect_none(ask(host(), "127.0.0.1", 7), "the host's loopback");
}

void requested_address() {
  const idle_container container({"--ip", "10.79.7.9"});
  expect(container.address == "10.79.7.9", fmt::format("it has {}", container.address));
}

void full_packets() {
  const idle_container container;
  for (const auto& [pid, link] :
       {std::pair{container.pid, "eth0"}, {host(), "zoomin0"}}) {
    const std::string shown = run_in(pid, {"ip", "-oneline", "link", "show", link});
    expect(shown.find(" mtu 1500 ") != std::string::npos,
           fmt::format("it is: {}", shown.substr(0, shown.find('\n'))));
  }
}

void address_has_one_owner() {
  const idle_container container({"--ip", "10.79.7.9"});
  const int status = check::run({"--ip", "10.79.7.9"}, {"true"}).status;
  expect(status == 125, fmt::format("a second container got it: status {}", status));
}

std::string hardware_of(const idle_container& container) {
  const std::string shown =
      run_in(container.pid, {"ip", "-oneline", "link", "show", "eth0"});
  const auto at = shown.find("link/ether ");
  return at == std::string::npos ? shown : shown.substr(at + 11, 17);
}

// With another hardware address the neighbours' ARP entries would be stale.
void hardware_address_stays() {
  const idle_container stays;
  std::string before;
  {
    idle_container container({"--ip", "10.79.7.9"});
    before = hardware_of(container);
    container.end();
  }
  const idle_container next({"--ip", "10.79.7.9"});
  const std::string after = hardware_of(next);
  expect(after == before, fmt::format("it was {}, and is {}", before, after));
}

void no_ipv6() {
  const idle_container container;
  const std::string result =
      read_file(fmt::format("/proc/{}/net/if_inet6", container.pid));
  expect(result.find("eth0") == std::string::npos, fmt::format("it has {}", result));
}

// --- the bridge ---

void reaches_gateway() {
  const idle_container container;
  const server here(host(), gateway, 7);
  expect_answer(ask(container.pid, gateway, 7), container.address,
                "the host at the gateway");
}

void reaches_others() {
  const idle_container container, other;
  expect(container.address != other.address, "both have " + container.address);
  const server there(other.pid, anywhere, 7);
  expect_answer(ask(container.pid, other.address, 7), container.address, "the other");
}

void bridge_has_its_own_mac() {
  const idle_container container;
  expect(read_file("/sys/class/net/zoomin0/addr_assign_type") == "3\n",  // NET_ADDR_SET
         "it isn't set, so that the bridge has that of a port");
  const std::string file = "/sys/class/net/zoomin0/address";
  const std::string before = read_file(file);
  const idle_container other;
  expect(read_file(file) == before, "it changed when a container was added");
}

// --- the outside network ---

void reaches_outside() {
  const idle_container container;
  const server there(outside(), anywhere, 7);
  expect_answer(ask(container.pid, outside_address, 7), own_address, "outside");
}

// The neighbour routes packets for the container's own address through this host.
void closed_to_outside() {
  const idle_container container({"--publish", published("8080")});
  const server inside(container.pid, anywhere, service);
  run_in(outside(), {"ip", "route", "add", container.address, "via", own_address});
  const std::string got = ask(outside(), container.address, service, protocol::tcp, 1);
  run_in(outside(), {"ip", "route", "del", container.address});
  expect_none(got, "a port that isn't published, from outside");
}

// --- published ports ---

void published_to_outside() {
  const idle_container container({"--publish", published("8080")});
  const server inside(container.pid, anywhere, service);
  expect_answer(ask(outside(), own_address, 8080), "192.0.2.1", "from outside");
}

void published_datagrams() {
  const idle_container container({"--publish", published("5353") + "/udp"});
  const server inside(container.pid, anywhere, service, protocol::udp);
  expect_answer(ask(outside(), own_address, 5353, protocol::udp), "192.0.2.1",
                "from outside");
}

void published_to_host() {
  const idle_container container({"--publish", published("8080")});
  const server inside(container.pid, anywhere, service);
  expect_answer(ask(host(), own_address, 8080), own_address, "the host's address");
  expect_answer(ask(host(), "127.0.0.1", 8080), gateway, "127.0.0.1");
}

void published_at_one_address() {
  const idle_container container({"--publish", "127.0.0.1:" + published("8080")});
  const server inside(container.pid, anywhere, service);
  expect_answer(ask(host(), "127.0.0.1", 8080), gateway, "127.0.0.1");
  expect_none(ask(outside(), own_address, 8080, protocol::tcp, 1), "from outside");
}

void published_to_containers() {
  const idle_container container({"--publish", published("8080")}), other;
  const server inside(container.pid, anywhere, service);
  expect_answer(ask(other.pid, own_address, 8080), gateway, "from another container");
  expect_answer(ask(container.pid, own_address, 8080), gateway, "from itself");
}

// With br_netfilter (Kubernetes and some Docker hosts turn it on) a translated packet
// doesn't leave the bridge: it must go back through the port that it came from.
void hairpin_port() {
  const idle_container container({"--publish", published("8080")});
  const std::string port = "veth" + std::to_string(container.pid);
  expect(read_file("/sys/class/net/" + port + "/brport/hairpin_mode") == "1\n",
         fmt::format("hairpin mode of port {} is off", port));
  const std::string filter = "/proc/sys/net/bridge/bridge-nf-call-iptables";
  if (!exists(filter)) return;
  const server inside(container.pid, anywhere, service);
  const std::string before = read_file(filter);
  write_file(quiet, filter, "1");
  const std::string got = ask(container.pid, own_address, 8080);
  write_file(quiet, filter, before);
  expect_answer(got, gateway, "from itself, with br_netfilter");
}

void port_has_one_owner() {
  const idle_container container({"--publish", published("8080")});
  const auto refused = check::run({"--publish", published("8080")}, {"true"});
  expect(refused.status == 125,
         fmt::format("a second container got it: status {}", refused.status));
}

void port_is_withdrawn() {
  const idle_container stays;
  {
    idle_container container({"--publish", published("8080")});
    container.end();
  }
  const std::string rules = nft::list("list map ip zoomin0 ports");
  expect(rules.find("8080") == std::string::npos, "its rule still exists");
}

// The kernel takes the sender's packets for one flow, and translates all of them like the
// first.
void flows_are_forgotten() {
  const idle_container stays;
  const auto send = [] {
    return ask(outside(), own_address, 5353, protocol::udp, 1, "0.0.0.0:4000");
  };
  expect_none(send(), "a port that isn't published");
  const idle_container container({"--publish", published("5353") + "/udp"});
  const server inside(container.pid, anywhere, service, protocol::udp);
  expect_answer(send(), "192.0.2.1", "a sender that keeps its port");
}

void flushed_rules_return() {
  const idle_container container({"--publish", published("8080")});
  const server inside(container.pid, anywhere, service);
  nft::run({{quiet, "flush ruleset"}});
  const idle_container next;
  expect_answer(ask(outside(), own_address, 8080), "192.0.2.1", "from outside");
}

void port_of_a_killed_container() {
  const idle_container stays;
  idle_container killed({"--publish", published("8080"), "--ip", "10.79.7.9"});
  kill_owner(killed);
  const idle_container next({"--publish", published("8080")});
  const server inside(next.pid, anywhere, service);
  expect_answer(ask(outside(), own_address, 8080), "192.0.2.1", "the next owner's port");
}

// --- attacks ---

// Root in the container sends packets for 127.0.0.1 through eth0. It must get no answer
// from services that listen only on the host's loopback.
void no_answer_from_the_hosts_loopback() {
  const idle_container container;
  const server here(host(), "127.0.0.1", 6379);
  look::from_inside(container.pid, CLONE_NEWNET, [] {
    write_file(quiet, "/proc/sys/net/ipv4/conf/eth0/route_localnet", "1");
    return std::string();
  });
  run_in(container.pid, {"ip", "address", "flush", "dev", "lo"});
  run_in(container.pid, {"ip", "route", "add", "127.0.0.0/8", "via", gateway});
  expect_none(ask(container.pid, "127.0.0.1", 6379, protocol::tcp, 1),
              "the host's loopback, from the container");
}

// Root in the container sends packets with a source address of the host's loopback, to
// services that trust it. It gets no answer, but the packets must not arrive either.
void no_packets_as_the_hosts_loopback() {
  const idle_container container;
  look::from_inside(container.pid, CLONE_NEWNET, [] {
    write_file(quiet, "/proc/sys/net/ipv4/conf/eth0/route_localnet", "1");
    return std::string();
  });
  const auto send = [&](const std::string& source) {
    return heard_while(
        5353, [&] { ask(container.pid, gateway, 5353, protocol::udp, 1, source); });
  };
  expect_answer(send(""), container.address, "the host");
  expect_none(send("127.0.0.2"), "the host");
}

// The neighbour routes 127.0.0.0/8 through this host.
void loopback_port_is_closed_to_neighbours() {
  const idle_container container({"--publish", "127.0.0.1:" + published("8080")});
  const server inside(container.pid, anywhere, service);
  look::from_inside(outside(), CLONE_NEWNET, [] {
    write_file(quiet, "/proc/sys/net/ipv4/conf/eth0/route_localnet", "1");
    return std::string();
  });
  run_in(outside(), {"ip", "address", "del", "127.0.0.1/8", "dev", "lo"});
  run_in(outside(), {"ip", "route", "add", "127.0.0.0/8", "via", own_address});
  const std::string got = ask(outside(), "127.0.0.1", 8080, protocol::tcp, 1);
  run_in(outside(), {"ip", "route", "del", "127.0.0.0/8"});
  run_in(outside(), {"ip", "address", "add", "127.0.0.1/8", "dev", "lo"});
  expect_none(got, "a port published at 127.0.0.1, from a neighbour");
}

// --- other programs' firewalls ---

void docker_firewall_admits() {
  idle_container().end();  // turns forwarding off, so that Docker's chain exists first
  nft::run({{quiet, "add table ip filter"},
            {quiet, "add chain ip filter DOCKER-USER"},
            {quiet,
             "add chain ip filter FORWARD { type filter hook forward priority "
             "filter; policy drop; }"},
            {quiet, "add rule ip filter FORWARD jump DOCKER-USER"}});
  const std::string before = nft::list("list chain ip filter DOCKER-USER");
  std::string got, during, after, inward;
  try {
    idle_container container({"--publish", published("8080")});
    const server there(outside(), anywhere, 7), inside(container.pid, anywhere, service);
    got = ask(container.pid, outside_address, 7, protocol::tcp, 3);
    inward = ask(outside(), own_address, 8080, protocol::tcp, 3);
    container.end();
    after = nft::list("list chain ip filter DOCKER-USER");
  } catch (const std::exception&) {
    nft::run({{quiet, "delete table ip filter"}});
    throw;
  }
  nft::run({{quiet, "delete table ip filter"}});
  expect_answer(got, own_address, "outside");
  expect_answer(inward, "192.0.2.1", "from outside");
  expect(after == before, "our rules are still in DOCKER-USER");
}

// --- the end ---

void leaves_host_as_it_was() {
  idle_container().end();  // removes the leftovers of earlier containers
  expect(forwarding() == '0', "the host still forwards");
  idle_container container;
  expect(links::index("zoomin0") != 0, "there is no bridge");
  expect(nft::has_table("ip zoomin0"), "there is no table");
  container.end();
  expect(links::index("zoomin0") == 0, "the bridge still exists");
  expect(!nft::has_table("ip zoomin0"), "the table still exists");
  expect(forwarding() == '0', "the host still forwards");
  expect_soon([] { return link_names().size() == 2; },
              fmt::format("links still exist: {}", fmt::join(link_names(), " ")));
}

void address_of_a_killed_container() {
  const idle_container stays;
  idle_container killed({"--ip", "10.79.7.9"});
  kill_owner(killed);
  const idle_container next({"--ip", "10.79.7.9"});
  const server here(host(), gateway, 7);
  expect_answer(ask(next.pid, gateway, 7), "10.79.7.9", "the next owner");
}

// Another container may have its address by now. A second container keeps the bridge.
void remaining_process_is_cut_off() {
  const idle_container stays;
  idle_container container;
  check::subprocess left({"nsenter", fmt::format("--net=/proc/{}/ns/net", container.pid),
                          "sh", "-c", "echo ready; read -r end"});
  expect(left.line() == "ready", "nsenter can't enter its network");
  const server here(host(), gateway, 7);
  container.end();
  expect_none(ask(left.program(), gateway, 7, protocol::tcp, 1), "the gateway");
}

void next_container_cleans_up() {
  {
    const idle_container killed({"--publish", published("8080")});
  }  // program and container get SIGKILL here
  expect(links::index("zoomin0") != 0, "there is no bridge");
  idle_container next;
  const std::string rules = nft::list("list table ip zoomin0");
  next.end();
  expect(rules.find("8080") == std::string::npos, "the dead one's port still exists");
  expect(links::index("zoomin0") == 0, "the bridge still exists");
  expect(forwarding() == '0', "the host still forwards");
}

}  // namespace

std::vector<check::fact> proofs() {
  return {
      {"net", "the container has its own network, with a loopback", own_stack},
      {"net", "it has the requested address", requested_address},
      {"net", "its address has one owner", address_has_one_owner},
      {"net", "a reused address keeps its hardware address", hardware_address_stays},
      {"net", "packets of 1,500 bytes fit", full_packets},
      {"net", "it has no automatic IPv6 address", no_ipv6},
      {"net", "it reaches the host at the gateway", reaches_gateway},
      {"net", "containers have different addresses and reach each other", reaches_others},
      {"net", "the bridge has its own hardware address", bridge_has_its_own_mac},
      {"net", "it reaches other machines, with the host's address", reaches_outside},
      {"net", "a port is free again when its container ends", port_is_withdrawn},
      {"net", "from outside, only published ports can be reached", closed_to_outside},
      {"net", "a published port can be reached from outside", published_to_outside},
      {"net", "a published UDP port can be reached from outside", published_datagrams},
      {"net", "the host reaches a published port, also at 127.0.0.1", published_to_host},
      {"net", "a port published at one address is closed at the others",
       published_at_one_address},
      {"net", "the bridge can send frames back through their own port", hairpin_port},
      {"net", "other containers and its own reach a published port",
       published_to_containers},
      {"net", "a port has one owner", port_has_one_owner},
      {"net", "a killed container's port leads to its next owner",
       port_of_a_killed_container},
      {"net", "a UDP sender notices that a port is published", flows_are_forgotten},
      {"net", "rules that were flushed are made again", flushed_rules_return},
      {"net", "a container can't reach the host's loopback",
       no_answer_from_the_hosts_loopback},
      {"net", "a container can't send as the host's loopback",
       no_packets_as_the_hosts_loopback},
      {"net", "a neighbour can't reach a port published at 127.0.0.1",
       loopback_port_is_closed_to_neighbours},
      {"net", "Docker's firewall admits its packets, and is restored",
       docker_firewall_admits},
      {"net", "the last container leaves the host as it was", leaves_host_as_it_was},
      {"net", "a process left in its network is cut off", remaining_process_is_cut_off},
      {"net", "a killed container's address is free at once",
       address_of_a_killed_container},
      {"net", "the next container cleans up after killed ones", next_container_cleans_up},
  };
}

}  // namespace zoomin::net
