// SPDX-License-Identifier: MIT
// rtnetlink: sends requests to the kernel's rtnetlink(7), and narrates them as text.
#pragma once

#include <string>

#include "common/narration.hpp"

struct nl_sock;
struct nl_msg;

namespace zoomin::net {

// A socket to the rtnetlink of the namespace in which it was opened. It keeps no cache.
class rtnetlink {
 public:
  rtnetlink();
  rtnetlink(const rtnetlink&) = delete;
  rtnetlink& operator=(const rtnetlink&) = delete;
  ~rtnetlink();

  // Sends `message`, frees it, and waits for the answer. Throws sys::error with the
  // kernel's errno and `object`.
  void ask(const narration::why& reason, nl_msg* message, const std::string& object,
           const std::string& hint = {});
  [[nodiscard]] nl_sock* get() const { return socket_; }

 private:
  nl_sock* socket_;
  int error_ = 0;  // errno of the kernel's last answer
};

// Formats a request: "RTM_NEWADDR(zoomin0, 10.79.0.1/16)".
std::string describe(nl_msg* message);

// Returns the name of a device of this namespace; "#7" if it has gone.
std::string device_name(int index);

// Makes libnl receive each answer with one recvmsg(2), without asking for its length
// first.
void take_whole_answers(nl_sock* socket);

}  // namespace zoomin::net
