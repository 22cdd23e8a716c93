// SPDX-License-Identifier: MIT
// rtnetlink: sends requests to the kernel's rtnetlink(7), and narrates them.
#pragma once

#include <string>

#include "02-net/netlink.hpp"
#include "common/narration.hpp"

namespace zoomin::net {

// A socket to the rtnetlink of the namespace in which it was opened. It keeps no cache.
class rtnetlink {
 public:
  rtnetlink();

  // Sends `message`, frees it, and waits for the answer. Throws sys::error with the
  // kernel's errno and `object`.
  void ask(const narration::why& reason, nl_msg* message, const std::string& object,
           const std::string& hint = {});
  [[nodiscard]] nl_sock* get() const { return socket_.get(); }

 private:
  netlink_socket socket_;
};

}  // namespace zoomin::net
