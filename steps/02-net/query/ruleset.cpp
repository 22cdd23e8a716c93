// SPDX-License-Identifier: MIT
#include "02-net/query/ruleset.hpp"

#include <arpa/inet.h>
#include <endian.h>
#include <fmt/format.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <functional>
#include <memory>
#include <string_view>

#include "02-net/netlink.hpp"
#include "common/error.hpp"

namespace zoomin::nft {

namespace {

constexpr const char* no_nf_tables =
    "this kernel has no nf_tables, or can't load it: try `modprobe nf_tables` and `make "
    "doctor`";

struct free_message {
  void operator()(nl_msg* message) const { ::nlmsg_free(message); }
};
using message = std::unique_ptr<nl_msg, free_message>;

// The kernel returns EINVAL for a missing subsystem: Linux, net/netfilter/nfnetlink.c.
sys::error refused(int number, const std::string& request) {
  const bool missing = number == EINVAL || number == EPROTONOSUPPORT;
  return {number, request, "nf_tables", missing ? no_nf_tables : ""};
}

using visitor = std::function<void(nl_msg*)>;

int pass_on(nl_msg* answer, void* visit) {
  (*static_cast<const visitor*>(visit))(answer);
  return NL_OK;
}

// Lists the kernel's objects of one kind, and calls `visit` for each. `name` is the
// request's name in an error.
void list_objects(const char* name, nl_msg* request, visitor visit) {
  try {
    net::netlink_socket socket(NETLINK_NETFILTER, name);
    ::nl_socket_modify_cb(socket.get(), NL_CB_VALID, NL_CB_CUSTOM, pass_on, &visit);
    if (const int number = socket.list(request); number != 0)
      throw sys::error(number, name, "nf_tables");
  } catch (const sys::error& failure) {
    throw refused(failure.number(), failure.call());
  }
}

message request_for(int kind, std::uint8_t family) {
  message made(::nlmsg_alloc_simple(NFNL_SUBSYS_NFTABLES << 8 | kind, NLM_F_DUMP));
  nfgenmsg head{.nfgen_family = family, .version = NFNETLINK_V0, .res_id = 0};
  if (!made || ::nlmsg_append(made.get(), &head, sizeof head, NLMSG_ALIGNTO) != 0)
    throw sys::error(ENOMEM, "netlink", "nf_tables");
  return made;
}

template <std::size_t N>
using attributes = std::array<nlattr*, N>;

template <std::size_t N>
attributes<N> attributes_of(nl_msg* answer) {
  attributes<N> result{};
  ::nlmsg_parse(::nlmsg_hdr(answer), sizeof(nfgenmsg), result.data(), N - 1, nullptr);
  return result;
}

std::string family_of(nl_msg* answer) {
  const auto* head = static_cast<nfgenmsg*>(::nlmsg_data(::nlmsg_hdr(answer)));
  switch (head->nfgen_family) {
    case NFPROTO_INET:
      return "inet";
    case NFPROTO_IPV4:
      return "ip";
    case NFPROTO_IPV6:
      return "ip6";
    case NFPROTO_NETDEV:
      return "netdev";
    default:
      return fmt::format("family {}", head->nfgen_family);
  }
}

std::string text_of(const nlattr* attribute) {
  return attribute == nullptr ? "" : ::nla_get_string(attribute);
}

std::uint32_t number_of(const nlattr* attribute) {
  return ntohl(::nla_get_u32(attribute));
}

std::uint64_t handle_of(const nlattr* attribute) {
  return attribute == nullptr ? 0 : be64toh(::nla_get_u64(attribute));
}

bool is_on_forward_hook(nlattr* hook) {
  attributes<NFTA_HOOK_MAX + 1> has{};
  if (hook == nullptr ||
      ::nla_parse_nested(has.data(), NFTA_HOOK_MAX, hook, nullptr) != 0)
    return false;
  return has[NFTA_HOOK_HOOKNUM] != nullptr &&
         number_of(has[NFTA_HOOK_HOOKNUM]) == NF_INET_FORWARD;
}

// Returns whether a rule contains a device's name, with the closing zero.
bool names(nl_msg* rule, const std::string& device) {
  const auto* head = ::nlmsg_hdr(rule);
  const std::string_view bytes(reinterpret_cast<const char*>(head), head->nlmsg_len);
  return bytes.find(std::string_view(device.c_str(), device.size() + 1)) !=
         std::string_view::npos;
}

}  // namespace

std::map<std::string, std::uint64_t> tables() {
  std::map<std::string, std::uint64_t> result;
  const auto request = request_for(NFT_MSG_GETTABLE, NFPROTO_UNSPEC);
  list_objects("list tables", request.get(), [&](nl_msg* answer) {
    const auto has = attributes_of<NFTA_TABLE_MAX + 1>(answer);
    result[family_of(answer) + " " + text_of(has[NFTA_TABLE_NAME])] =
        handle_of(has[NFTA_TABLE_HANDLE]);
  });
  return result;
}

bool has_table(const std::string& table) { return tables().contains(table); }

std::vector<chain> chains() {
  std::vector<chain> result;
  const auto request = request_for(NFT_MSG_GETCHAIN, NFPROTO_UNSPEC);
  list_objects("list chains", request.get(), [&](nl_msg* answer) {
    const auto has = attributes_of<NFTA_CHAIN_MAX + 1>(answer);
    const nlattr* policy = has[NFTA_CHAIN_POLICY];
    result.push_back({.family = family_of(answer),
                      .table = text_of(has[NFTA_CHAIN_TABLE]),
                      .name = text_of(has[NFTA_CHAIN_NAME]),
                      .forwards = is_on_forward_hook(has[NFTA_CHAIN_HOOK]),
                      .drops = policy != nullptr && number_of(policy) == NF_DROP});
  });
  return result;
}

std::vector<std::uint64_t> rules_about(const std::string& device,
                                       const std::string& table,
                                       const std::string& chain) {
  std::vector<std::uint64_t> result;
  const auto request = request_for(NFT_MSG_GETRULE, NFPROTO_IPV4);
  ::nla_put_string(request.get(), NFTA_RULE_TABLE, table.c_str());
  ::nla_put_string(request.get(), NFTA_RULE_CHAIN, chain.c_str());
  list_objects("list rules", request.get(), [&](nl_msg* answer) {
    if (names(answer, device))
      result.push_back(
          handle_of(attributes_of<NFTA_RULE_MAX + 1>(answer)[NFTA_RULE_HANDLE]));
  });
  return result;
}

}  // namespace zoomin::nft
