// SPDX-License-Identifier: MIT
// netlink: a socket to one of the kernel's netlink(7) subsystems. libnl writes and reads
// the messages.
#pragma once

struct nl_sock;
struct nl_msg;

namespace zoomin::net {

class netlink_socket {
 public:
  // Connects to a subsystem of this process's network namespace, such as NETLINK_ROUTE.
  // Throws sys::error("socket", `label`).
  netlink_socket(int protocol, const char* label);
  netlink_socket(const netlink_socket&) = delete;
  netlink_socket& operator=(const netlink_socket&) = delete;
  ~netlink_socket();

  // Sends a request, and waits for the kernel's acknowledgement. Returns 0 or an errno.
  int send(nl_msg* request);
  // Sends a request for a list, and receives all of it; libnl's callback NL_CB_VALID gets
  // each item. Returns 0 or an errno.
  int list(nl_msg* request);
  [[nodiscard]] nl_sock* get() const { return socket_; }

 private:
  int exchange(nl_msg* request, int (*receive)(nl_sock*));

  nl_sock* socket_;
  int error_ = 0;  // errno of the kernel's last answer
};

}  // namespace zoomin::net
