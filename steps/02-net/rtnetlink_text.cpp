// SPDX-License-Identifier: MIT
#include "02-net/rtnetlink_text.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include <array>
#include <vector>

namespace zoomin::net {

namespace {

using words = std::vector<std::string>;

template <std::size_t N>
using attributes = std::array<nlattr*, N>;

std::string address_text(const nlattr* attribute) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = ::nla_len(attribute) == 4 ? AF_INET : AF_INET6;
  ::inet_ntop(family, ::nla_data(attribute), text.data(), text.size());
  return text.data();
}

std::string hardware_text(const nlattr* attribute) {
  const auto* byte = static_cast<const unsigned char*>(::nla_data(attribute));
  return fmt::format("{:02x}", fmt::join(byte, byte + ::nla_len(attribute), ":"));
}

words link_words(const ifinfomsg& head, const attributes<IFLA_MAX + 1>& has);

// Formats the nested message about the other end of a veth pair.
std::string peer_words(nlattr* data) {
  attributes<VETH_INFO_MAX + 1> info{};
  ::nla_parse_nested(info.data(), VETH_INFO_MAX, data, nullptr);
  if (info[VETH_INFO_PEER] == nullptr) return {};
  const auto* head = static_cast<ifinfomsg*>(::nla_data(info[VETH_INFO_PEER]));
  auto* first = const_cast<nlattr*>(reinterpret_cast<const nlattr*>(head + 1));
  attributes<IFLA_MAX + 1> has{};
  ::nla_parse(has.data(), IFLA_MAX, first,
              ::nla_len(info[VETH_INFO_PEER]) - static_cast<int>(sizeof *head), nullptr);
  return fmt::format("peer {{{}}}", fmt::join(link_words(*head, has), ", "));
}

void add_kind(words& items, nlattr* link_info) {
  attributes<IFLA_INFO_MAX + 1> info{};
  ::nla_parse_nested(info.data(), IFLA_INFO_MAX, link_info, nullptr);
  if (info[IFLA_INFO_KIND] == nullptr) return;
  const std::string kind = ::nla_get_string(info[IFLA_INFO_KIND]);
  items.push_back("kind " + kind);
  if (kind == "veth" && info[IFLA_INFO_DATA] != nullptr)
    items.push_back(peer_words(info[IFLA_INFO_DATA]));
}

void add_port_flags(words& items, nlattr* protinfo) {
  attributes<IFLA_BRPORT_MAX + 1> port{};
  ::nla_parse_nested(port.data(), IFLA_BRPORT_MAX, protinfo, nullptr);
  if (port[IFLA_BRPORT_MODE] != nullptr)
    items.push_back(::nla_get_u8(port[IFLA_BRPORT_MODE]) != 0 ? "hairpin on"
                                                              : "hairpin off");
}

words link_words(const ifinfomsg& head, const attributes<IFLA_MAX + 1>& has) {
  words result;
  if (has[IFLA_IFNAME] != nullptr)
    result.emplace_back(::nla_get_string(has[IFLA_IFNAME]));
  else if (head.ifi_index != 0)
    result.push_back(device_name(head.ifi_index));
  if (has[IFLA_ADDRESS] != nullptr)
    result.push_back("address " + hardware_text(has[IFLA_ADDRESS]));
  if (has[IFLA_NET_NS_FD] != nullptr)
    result.push_back(fmt::format("netns fd {}", ::nla_get_u32(has[IFLA_NET_NS_FD])));
  if (has[IFLA_MASTER] != nullptr)
    result.push_back("master " +
                     device_name(static_cast<int>(::nla_get_u32(has[IFLA_MASTER]))));
  if (((head.ifi_flags | head.ifi_change) & IFF_UP) != 0)
    result.emplace_back((head.ifi_flags & IFF_UP) != 0 ? "up" : "down");
  if (has[IFLA_PROTINFO] != nullptr) add_port_flags(result, has[IFLA_PROTINFO]);
  if (has[IFLA_LINKINFO] != nullptr) add_kind(result, has[IFLA_LINKINFO]);
  return result;
}

words describe_link(nlmsghdr* message) {
  attributes<IFLA_MAX + 1> has{};
  ::nlmsg_parse(message, sizeof(ifinfomsg), has.data(), IFLA_MAX, nullptr);
  return link_words(*static_cast<ifinfomsg*>(::nlmsg_data(message)), has);
}

words describe_address(nlmsghdr* message) {
  attributes<IFA_MAX + 1> has{};
  ::nlmsg_parse(message, sizeof(ifaddrmsg), has.data(), IFA_MAX, nullptr);
  const auto* head = static_cast<ifaddrmsg*>(::nlmsg_data(message));
  const std::string local = has[IFA_LOCAL] != nullptr ? address_text(has[IFA_LOCAL]) : "";
  return {device_name(static_cast<int>(head->ifa_index)),
          fmt::format("{}/{}", local, head->ifa_prefixlen)};
}

words describe_route(nlmsghdr* message) {
  attributes<RTA_MAX + 1> has{};
  ::nlmsg_parse(message, sizeof(rtmsg), has.data(), RTA_MAX, nullptr);
  const auto* head = static_cast<rtmsg*>(::nlmsg_data(message));
  words result{"default"};
  if (head->rtm_dst_len != 0 && has[RTA_DST] != nullptr)
    result = {fmt::format("{}/{}", address_text(has[RTA_DST]), head->rtm_dst_len)};
  if (has[RTA_GATEWAY] != nullptr)
    result.push_back("via " + address_text(has[RTA_GATEWAY]));
  return result;
}

}  // namespace

std::string device_name(int index) {
  std::array<char, IF_NAMESIZE> name{};
  if (::if_indextoname(static_cast<unsigned>(index), name.data()) == nullptr)
    return fmt::format("#{}", index);
  return name.data();
}

std::string describe(nl_msg* message) {
  auto* head = ::nlmsg_hdr(message);
  const auto in = [](const char* name, const words& items) {
    return fmt::format("{}({})", name, fmt::join(items, ", "));
  };
  switch (head->nlmsg_type) {
    case RTM_NEWLINK:
      return in("RTM_NEWLINK", describe_link(head));
    case RTM_SETLINK:
      return in("RTM_SETLINK", describe_link(head));
    case RTM_DELLINK:
      return in("RTM_DELLINK", describe_link(head));
    case RTM_NEWADDR:
      return in("RTM_NEWADDR", describe_address(head));
    case RTM_NEWROUTE:
      return in("RTM_NEWROUTE", describe_route(head));
    default:
      return fmt::format("rtnetlink({})", head->nlmsg_type);
  }
}

}  // namespace zoomin::net
