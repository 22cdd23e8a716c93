// SPDX-License-Identifier: MIT
#include "02-net/rtnetlink.hpp"

#include <netlink/msg.h>

#include <cerrno>
#include <memory>

#include "02-net/rtnetlink_text.hpp"
#include "common/call.hpp"

namespace zoomin::net {

rtnetlink::rtnetlink() : socket_(NETLINK_ROUTE, "rtnetlink") {}

void rtnetlink::ask(const narration::why& reason, nl_msg* message,
                    const std::string& object, const std::string& hint) {
  const std::unique_ptr<nl_msg, decltype(&::nlmsg_free)> owned(message, ::nlmsg_free);
  // The text is made before the request, since a removed link has no name afterwards.
  std::string text = narration::watched(reason) ? describe(message) : "";
  const auto call = [&] {
    errno = socket_.send(message);
    return errno == 0 ? 0 : -1;
  };
  if (sys::attempt(
          reason, [&] { return text; }, call) == 0)
    return;
  const int number = errno;
  if (text.empty()) text = describe(message);
  throw sys::error(number, text.substr(0, text.find('(')), object, hint);
}

}  // namespace zoomin::net
