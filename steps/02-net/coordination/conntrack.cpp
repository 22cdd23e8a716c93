// SPDX-License-Identifier: MIT
#include "02-net/coordination/conntrack.hpp"

#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "02-net/netlink.hpp"
#include "common/error.hpp"

namespace zoomin::net::conntrack {

namespace {

struct freed {
  void operator()(nl_msg* message) const { ::nlmsg_free(message); }
};
using message = std::unique_ptr<nl_msg, freed>;

// One direction of a flow.
struct tuple {
  address from, to;
  std::uint16_t port = 0;
};

struct flow {
  tuple original, reply;
  std::string name;  // the bytes of CTA_TUPLE_ORIG, for a request to remove it
  std::optional<std::uint16_t> zone;
};

template <std::size_t N>
using attributes = std::array<nlattr*, N>;

template <std::size_t N>
bool parse(attributes<N>& to, nlattr* nested) {
  return nested != nullptr &&
         ::nla_parse_nested(to.data(), static_cast<int>(N) - 1, nested, nullptr) == 0;
}

std::optional<tuple> tuple_in(nlattr* nested) {
  attributes<CTA_TUPLE_MAX + 1> both{};
  attributes<CTA_IP_MAX + 1> ip{};
  attributes<CTA_PROTO_MAX + 1> proto{};
  if (!parse(both, nested) || !parse(ip, both[CTA_TUPLE_IP]) ||
      !parse(proto, both[CTA_TUPLE_PROTO]))
    return std::nullopt;
  if (ip[CTA_IP_V4_SRC] == nullptr || ip[CTA_IP_V4_DST] == nullptr ||
      proto[CTA_PROTO_NUM] == nullptr || proto[CTA_PROTO_DST_PORT] == nullptr ||
      ::nla_get_u8(proto[CTA_PROTO_NUM]) != IPPROTO_UDP)
    return std::nullopt;
  return tuple{{ntohl(::nla_get_u32(ip[CTA_IP_V4_SRC]))},
               {ntohl(::nla_get_u32(ip[CTA_IP_V4_DST]))},
               ntohs(::nla_get_u16(proto[CTA_PROTO_DST_PORT]))};
}

std::optional<flow> flow_in(nl_msg* entry) {
  attributes<CTA_MAX + 1> has{};
  if (::nlmsg_parse(::nlmsg_hdr(entry), sizeof(nfgenmsg), has.data(), CTA_MAX, nullptr) !=
      0)
    return std::nullopt;
  const auto original = tuple_in(has[CTA_TUPLE_ORIG]);
  const auto reply = tuple_in(has[CTA_TUPLE_REPLY]);
  if (!original || !reply) return std::nullopt;
  const auto* bytes = static_cast<const char*>(::nla_data(has[CTA_TUPLE_ORIG]));
  flow found{*original, *reply,
             std::string(bytes, static_cast<std::size_t>(::nla_len(has[CTA_TUPLE_ORIG]))),
             std::nullopt};
  if (has[CTA_ZONE] != nullptr) found.zone = ::nla_get_u16(has[CTA_ZONE]);
  return found;
}

message request(int type, int flags) {
  message made(::nlmsg_alloc_simple(NFNL_SUBSYS_CTNETLINK << 8 | type, flags));
  const nfgenmsg head{AF_INET, NFNETLINK_V0, 0};
  ::nlmsg_append(made.get(), const_cast<nfgenmsg*>(&head), sizeof head, NLMSG_ALIGNTO);
  return made;
}

// Makes the kernel return UDP flows only. The number is from Linux,
// net/netfilter/nf_internals.h.
void filter_udp(nl_msg* to) {
  constexpr std::uint32_t by_protocol = 1 << 3;  // CTA_FILTER_F_CTA_PROTO_NUM
  const auto nest = [&](int type) { return ::nla_nest_start(to, type | NLA_F_NESTED); };
  auto* const original = nest(CTA_TUPLE_ORIG);
  auto* const proto = nest(CTA_TUPLE_PROTO);
  ::nla_put_u8(to, CTA_PROTO_NUM, IPPROTO_UDP);
  ::nla_nest_end(to, proto);
  ::nla_nest_end(to, original);
  auto* const filter = nest(CTA_FILTER);
  ::nla_put_u32(to, CTA_FILTER_ORIG_FLAGS, by_protocol);
  ::nla_nest_end(to, filter);
}

int keep_flow(nl_msg* entry, void* flows) {
  if (auto found = flow_in(entry))
    static_cast<std::vector<flow>*>(flows)->push_back(std::move(*found));
  return NL_OK;
}

std::vector<flow> udp_flows(netlink_socket& socket) {
  std::vector<flow> flows;
  ::nl_socket_modify_cb(socket.get(), NL_CB_VALID, NL_CB_CUSTOM, keep_flow, &flows);
  const message dump = request(IPCTNL_MSG_CT_GET, NLM_F_REQUEST | NLM_F_DUMP);
  filter_udp(dump.get());
  socket.list(dump.get());
  return flows;
}

// Removes an entry. It is no error if the entry has timed out meanwhile.
void remove(netlink_socket& socket, const flow& flow) {
  const message removal = request(IPCTNL_MSG_CT_DELETE, NLM_F_REQUEST | NLM_F_ACK);
  ::nla_put(removal.get(), CTA_TUPLE_ORIG | NLA_F_NESTED,
            static_cast<int>(flow.name.size()), flow.name.data());
  if (flow.zone) ::nla_put_u16(removal.get(), CTA_ZONE, *flow.zone);
  socket.send(removal.get());
}

// Returns whether the host only forwards the flow, with its own source address. Such a
// flow doesn't lead to a port of the host.
bool is_masqueraded(const flow& flow) {
  return flow.reply.from == flow.original.to && flow.reply.to != flow.original.from;
}

bool leads_to(const published_port& port, const flow& flow) {
  return port.over == protocol::udp && port.host_port == flow.original.port &&
         (!port.host || *port.host == flow.original.to);
}

}  // namespace

void forget(const std::vector<published_port>& ports) try {
  if (std::ranges::find(ports, protocol::udp, &published_port::over) == ports.end())
    return;
  netlink_socket socket(NETLINK_NETFILTER, "ctnetlink");
  for (const auto& flow : udp_flows(socket))
    if (!is_masqueraded(flow) && std::ranges::any_of(ports, [&](const auto& port) {
          return leads_to(port, flow);
        }))
      remove(socket, flow);
} catch (const sys::error&) {
  // The kernel has no ctnetlink.
}

}  // namespace zoomin::net::conntrack
