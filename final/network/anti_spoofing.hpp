// SPDX-License-Identifier: MIT
// anti_spoofing: rules that prevent a container from sending packets with the address of
// another. A container that may create raw packets or change its address could do so, so
// each of its bridge ports accepts only packets with its own addresses.
//
// Kernel mechanism: nft(8), family "netdev", hook "ingress", before the bridge sees the
// packet. A container with neither CAP_NET_RAW nor CAP_NET_ADMIN can't open a raw socket,
// packet(7), and needs no rules.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "02-net/address.hpp"
#include "02-net/coordination/ownership.hpp"

namespace zoomin::network {

struct permitted_sender {
  net::address own;
  std::string hardware;
};

// Returns true if a process with these capabilities could send packets with another
// address, because they contain CAP_NET_RAW or CAP_NET_ADMIN.
bool can_forge(const std::vector<std::string>& capabilities);

// Owns the rules of one container. `init` is its init process.
class anti_spoofing {
 public:
  explicit anti_spoofing(pid_t init) : init_(init) {}
  anti_spoofing(const anti_spoofing&) = delete;
  anti_spoofing& operator=(const anti_spoofing&) = delete;
  ~anti_spoofing();  // removes the rules; a failure is a warning
  // Adds rules for `port`, the host's end of a veth pair. The kernel also removes them
  // with the port. Throws sys::error.
  void add(const std::string& port, const permitted_sender& sender);

 private:
  pid_t init_;
  net::lock_file record_{};  // holds the rules, in case another program flushes them
};

// Removes the rules of a container whose monitor was killed.
void remove_anti_spoofing(pid_t init);

// Restores the rules of running containers that another program has removed. Failures are
// reported as warnings.
void restore_anti_spoofing();

}  // namespace zoomin::network
