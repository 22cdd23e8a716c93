// SPDX-License-Identifier: MIT
// link_state: the functions of `links` that look at a link, or wait for its state.
#include <net/if.h>
#include <netlink/errno.h>
#include <netlink/route/link.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <functional>
#include <memory>

#include "02-net/link.hpp"
#include "02-net/rtnetlink_text.hpp"
#include "common/error.hpp"
#include "common/fd.hpp"
#include "common/sys.hpp"

namespace zoomin::net {

namespace {

using clock = std::chrono::steady_clock;

struct put_link {
  void operator()(rtnl_link* link) const { ::rtnl_link_put(link); }
};
using known_link = std::unique_ptr<rtnl_link, put_link>;

// IF_OPER_UP of <linux/if.h>, which can't be included together with <net/if.h>.
constexpr int oper_up = 6;

// Opens a socket on which the kernel reports each change of a link: rtnetlink(7),
// RTMGRP_LINK.
unique_fd link_changes() {
  unique_fd result(sys::check("socket", "rtnetlink", [] {
    return ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  }));
  sockaddr_nl all_links{};
  all_links.nl_family = AF_NETLINK;
  all_links.nl_groups = RTMGRP_LINK;
  sys::check("bind", "rtnetlink", [&] {
    return ::bind(result.get(), reinterpret_cast<sockaddr*>(&all_links),
                  sizeof all_links);
  });
  return result;
}

// Receives one report. Returns false if none arrives before `end`.
bool wait_for(int socket, clock::time_point end) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(end - clock::now());
  pollfd ready{socket, POLLIN, 0};
  if (left.count() <= 0 || ::poll(&ready, 1, static_cast<int>(left.count())) <= 0)
    return false;
  std::array<char, 8192> report{};
  return ::recv(socket, report.data(), report.size(), 0) >= 0;
}

// Evaluates `holds` after each change of a link, until it is true. The socket is opened
// before the first evaluation, so that no change between the two is missed.
void wait_until(const std::function<bool()>& holds, clock::duration at_most) {
  if (holds()) return;
  const auto end = clock::now() + at_most;
  const unique_fd changes = link_changes();
  while (!holds() && wait_for(changes.get(), end)) {
  }
}

// Returns a link by its index or name. Empty if there is none: for ENODEV libnl reports
// either of these two errors.
known_link link_at(nl_sock* socket, int index, const char* name) {
  rtnl_link* found = nullptr;
  const int result = ::rtnl_link_get_kernel(socket, index, name, &found);
  const bool absent = result == -NLE_NODEV || result == -NLE_OBJ_NOTFOUND;
  if (result < 0 && !absent) throw sys::error(EIO, "RTM_GETLINK", ::nl_geterror(result));
  return known_link(found);
}

}  // namespace

int links::index(const std::string& name) {
  const auto found = static_cast<int>(::if_nametoindex(name.c_str()));
  if (found != 0 || errno == ENODEV) return found;
  // if_nametoindex(3) needs a socket, and doesn't report why it couldn't open one. This
  // throws the errno of socket(2).
  const unique_fd socket(sys::check("socket", "for the index of " + name, [] {
    return ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  }));
  return static_cast<int>(::if_nametoindex(name.c_str()));
}

// Returns true for a missing link, too: it won't appear, so there is no need to wait.
bool links::is_up(const std::string& name) {
  const auto link = link_at(socket_.get(), 0, name.c_str());
  return !link || ::rtnl_link_get_operstate(link.get()) == oper_up;
}

void links::wait_until_up(const std::string& name) {
  wait_until([&] { return is_up(name); }, std::chrono::seconds(1));
}

void links::wait_until_gone(const std::string& name) {
  wait_until([&] { return index(name) == 0; }, std::chrono::seconds(10));
}

int links::peer_index(const std::string& name) {
  const auto link = link_at(socket_.get(), 0, name.c_str());
  return link ? ::rtnl_link_get_link(link.get()) : 0;
}

std::pair<std::string, std::string> links::name_and_bridge(int index) {
  const auto link = index == 0 ? known_link() : link_at(socket_.get(), index, nullptr);
  if (!link) return {};
  const int bridge = ::rtnl_link_get_master(link.get());
  return {::rtnl_link_get_name(link.get()), bridge == 0 ? "" : device_name(bridge)};
}

}  // namespace zoomin::net
