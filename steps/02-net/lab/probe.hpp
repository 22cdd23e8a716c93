// SPDX-License-Identifier: MIT
// probe: small servers and clients that run in the network of any process. Checks and
// tests use them, so that they need no tools in the container.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "02-net/ports.hpp"

namespace zoomin::net {

// A server that answers each client with "hears ADDRESS", the client's address.
class server {
 public:
  // Listens in the network of process `pid`. Throws sys::error.
  server(pid_t pid, const std::string& at, std::uint16_t port,
         protocol over = protocol::tcp);
  server(const server&) = delete;
  server& operator=(const server&) = delete;
  ~server();

 private:
  pid_t process_;
};

// Returns a server's answer to a client in the network of process `from`, or "(reason)"
// if there is none within `seconds`. `source` is the client's address, if that matters,
// perhaps with a port: "0.0.0.0:4000".
std::string ask(pid_t from, const std::string& at, std::uint16_t port,
                protocol over = protocol::tcp, int seconds = 5,
                const std::string& source = {});

// Runs `action`, and returns "hears ADDRESS" with the sender of a datagram that has
// arrived at `port` on this host meanwhile, or "(nothing)".
std::string heard_while(std::uint16_t port, const std::function<void()>& action);

// Returns the process in the outside network of the throw-away host.
pid_t outside();

// Returns the IPv4 addresses in the network of a process, except those of lo, each as
// "eth0 10.79.0.2/16".
std::vector<std::string> addresses_in(pid_t pid);

// Runs a command in the network of a process, and returns its output.
std::string run_in(pid_t pid, const std::vector<std::string>& command);

}  // namespace zoomin::net
