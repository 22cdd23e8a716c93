// SPDX-License-Identifier: MIT
// rtnetlink: a request to the kernel's rtnetlink(7), sent, answered and put into words.
#pragma once

#include <string>

#include "common/narration.hpp"

struct nl_sock;
struct nl_msg;

namespace zoomin::net {

// A socket to the rtnetlink of the namespace in which it was made. Keeps no cache.
class rtnetlink {
 public:
  rtnetlink();
  rtnetlink(const rtnetlink&) = delete;
  rtnetlink& operator=(const rtnetlink&) = delete;
  ~rtnetlink();

  // Sends `message`, frees it, waits for the answer. `object` is what it is about.
  // Throws sys::error with the kernel's errno.
  void ask(const narration::why& reason, nl_msg* message, const std::string& object,
           const std::string& hint = {});
  [[nodiscard]] nl_sock* get() const { return socket_; }

 private:
  nl_sock* socket_;
  int error_ = 0;  // the kernel's last answer
};

// A request in words, from its bytes: "RTM_NEWADDR(zoomin0, 10.79.0.1/16)".
std::string describe(nl_msg* message);

// Receives each answer with one recvmsg(2). libnl would first ask for its length.
void take_whole_answers(nl_sock* socket);

}  // namespace zoomin::net
