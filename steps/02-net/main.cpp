// SPDX-License-Identifier: MIT
// step2: a process with a network stack of its own, on a bridge with others.
#include <unistd.h>

#include <string>
#include <vector>

#include "01-pid/look.hpp"
#include "01-pid/pid.hpp"
#include "02-net/look.hpp"
#include "02-net/net.hpp"
#include "common/look.hpp"
#include "common/narration.hpp"
#include "common/program.hpp"

using namespace zoomin;

namespace {

// What step 2 asks besides.
struct network_options {
  std::optional<std::string> ip, subnet;
  std::vector<std::string> publish;
  bool keep_bridge = false;
};

// The same, understood.
struct network_wishes {
  net::network on;
  std::optional<net::address> ip;
  std::vector<net::published_port> ports;
};

network_wishes understood(const network_options& from) {
  network_wishes wanted;
  if (from.subnet) wanted.on.pool = net::parse_subnet(*from.subnet);
  if (from.ip) wanted.ip = net::parse_container_address(*from.ip, wanted.on.pool);
  for (const auto& one : from.publish)
    wanted.ports.push_back(net::parse_published_port(one));
  return wanted;
}

// What stays of the host's: its files, so its environment too.
std::vector<std::string> callers_environment() {
  std::vector<std::string> all;
  for (char** one = environ; *one != nullptr; ++one) all.emplace_back(*one);
  return all;
}

int run(request& asked, const network_options& from) {
  pid::validate_hostname(asked.hostname);
  const auto wanted = understood(from);
  if (asked.command.empty()) asked.command = {"sh"};

  net::bridge bridge(wanted.on);
  const auto lease = bridge.reserve(std::to_string(::getpid()), wanted.ip);
  auto child = pid::spawn({.namespaces = CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWNET,
                           .command = asked.command,
                           .environment = callers_environment(),
                           .init = asked.init},
                          [&](pid::gate&) {
                            pid::set_hostname(asked.hostname);
                            net::configure(lease.place);
                          });
  const std::string port = "veth" + std::to_string(child.id());
  bridge.connect(child.id(), port, lease.place);
  auto ports = bridge.publish(lease.place, wanted.ports);
  child.release();
  if (asked.look || asked.explain) {
    auto rows = pid::facts(child.id());
    for (auto& one : net::facts(child.id())) rows.push_back(std::move(one));
    look::print(rows);
  }
  narration::note(
      "names fail in here: /etc/resolv.conf is still the host's; step 3 mends it");
  child.start();
  const auto ending = child.wait();

  ports.withdraw();
  bridge.leave(from.keep_bridge);
  if (asked.explain) {
    auto left = net::remains(wanted.on.name, port);
    left.insert(left.begin(),
                {"process " + std::to_string(child.id()), pid::alive(child.id())});
    look::print_remains(left);
  }
  return ending.status();
}

}  // namespace

int main(int argc, char** argv) {
  program step2("step2", "A process with a network stack of its own.");
  network_options from;
  step2.add().value("--ip", from.ip, "the container's address (a free one)");
  step2.add().value("--subnet", from.subnet, "the bridge's network (10.79.0.0/16)");
  step2.add().list("--publish,-p", from.publish,
                   "[HOST_IP:]PORT:PORT[/udp] of the host, and inside");
  step2.add().toggle("--keep-bridge", from.keep_bridge, "leave the bridge behind");
  auto facts = pid::proofs();
  for (auto& one : net::proofs()) facts.push_back(std::move(one));
  step2.proves(std::move(facts));
  return step2.run(argc, argv, [&](request& asked) { return run(asked, from); });
}
