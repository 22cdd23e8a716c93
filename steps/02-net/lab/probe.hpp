// SPDX-License-Identifier: MIT
// probe: small servers and clients, put into the network of any process. For checks and
// tests: who reaches whom is then a matter of the kernel's alone, not of tools that may
// be missing in a container.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "02-net/ports.hpp"

namespace zoomin::net {

// Answers whoever comes with "hears ADDRESS", the address that it sees him have.
class server {
 public:
  // In the network of process `in`. Throws sys::error where it can't listen.
  server(pid_t in, const std::string& at, std::uint16_t port,
         protocol over = protocol::tcp);
  server(const server&) = delete;
  server& operator=(const server&) = delete;
  ~server();

 private:
  pid_t process_;
};

// What a server answers someone in the network of process `from`; "(reason)" where none
// does within `seconds`. `source` is an address to send from, where it matters, perhaps
// with a port: "0.0.0.0:4000".
std::string ask(pid_t from, const std::string& at, std::uint16_t port,
                protocol over = protocol::tcp, int seconds = 5,
                const std::string& source = {});

// Whom a datagram that comes to `port` here while `meanwhile` runs is from, "hears
// ADDRESS";
// "(nothing)" where none comes.
std::string heard_while(std::uint16_t port, const std::function<void()>& meanwhile);

// The first process of the throw-away host's world beyond.
pid_t world();

// The IPv4 addresses in the network of a process, "eth0 10.79.0.2/16" each, lo's apart.
std::vector<std::string> addresses_in(pid_t pid);

// The output of a command run in the network of a process.
std::string run_in(pid_t pid, const std::vector<std::string>& command);

}  // namespace zoomin::net
