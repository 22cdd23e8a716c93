// SPDX-License-Identifier: MIT
// anti_spoofing: whoever may make packets of its own, or give itself another address,
// sends none in another one's name: what comes from its ports has its own addresses, or
// is dropped.
//
// Kernel mechanism: nft(8), family "netdev", hook "ingress": before the bridge sees it.
// Without the two capabilities there is no raw socket, packet(7), and nothing to pin.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "02-net/address.hpp"
#include "02-net/coordination/lease.hpp"

namespace zoomin::network {

struct permitted_sender {
  net::address own;
  std::string hardware;
};

// Whether a process with these could send in another one's name: CAP_NET_RAW,
// CAP_NET_ADMIN.
bool can_forge(const std::vector<std::string>& capabilities);

// Those of one container, whose first process `first` is.
class anti_spoofing {
 public:
  explicit anti_spoofing(pid_t first) : first_(first) {}
  anti_spoofing(const anti_spoofing&) = delete;
  anti_spoofing& operator=(const anti_spoofing&) = delete;
  ~anti_spoofing();  // takes them out; what fails is a warning
  // `port`: the host's end of a cable. It goes with that, too. Throws sys::error.
  void add(const std::string& port, const permitted_sender& sender);

 private:
  pid_t first_;
  net::lock_file record_{};  // the rules, in case that another program flushes them
};

// Of one whose owner was killed.
void remove_anti_spoofing(pid_t first);

// Makes the pins of living containers again where another program took them away. A
// failure is only a warning.
void restore_anti_spoofing();

}  // namespace zoomin::network
