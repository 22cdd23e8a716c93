// SPDX-License-Identifier: MIT
#include "02-net/netlink.hpp"

#include <netlink/netlink.h>

#include <cerrno>
#include <cstddef>

#include "common/error.hpp"

namespace zoomin::net {

namespace {

constexpr std::size_t longest_answer = 64UL << 10;  // the kernel's have 32 KiB

// Keeps the errno of an answer; libnl itself would report only "Unspecific failure".
int keep_number(sockaddr_nl*, nlmsgerr* answer, void* number) {
  *static_cast<int*>(number) = -answer->error;
  return NL_STOP;
}

}  // namespace

netlink_socket::netlink_socket(int protocol, const char* label)
    : socket_(::nl_socket_alloc()) {
  if (socket_ == nullptr) throw sys::error(ENOMEM, "socket", label);
  // Each answer is received with one recvmsg(2), without asking for its length first.
  ::nl_socket_set_msg_buf_size(socket_, longest_answer);
  ::nl_socket_disable_msg_peek(socket_);
  ::nl_socket_modify_err_cb(socket_, NL_CB_CUSTOM, keep_number, &error_);
  if (::nl_connect(socket_, protocol) == 0) return;
  const int number = errno;
  ::nl_socket_free(socket_);
  throw sys::error(number, "socket", label);
}

netlink_socket::~netlink_socket() { ::nl_socket_free(socket_); }

int netlink_socket::send(nl_msg* request) { return exchange(request, ::nl_wait_for_ack); }

int netlink_socket::list(nl_msg* request) {
  return exchange(request, ::nl_recvmsgs_default);
}

int netlink_socket::exchange(nl_msg* request, int (*receive)(nl_sock*)) {
  error_ = 0;
  int answer = ::nl_send_auto(socket_, request);
  if (answer >= 0) answer = receive(socket_);
  return answer < 0 && error_ == 0 ? EIO : error_;
}

}  // namespace zoomin::net
