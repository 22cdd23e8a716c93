// SPDX-License-Identifier: MIT
#include "02-net/nft.hpp"

#include <fmt/format.h>
#include <nftables/libnftables.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <sstream>
#include <string_view>

#include "02-net/coordination/ruleset.hpp"
#include "common/call.hpp"

namespace zoomin::nft {

namespace {

// libnftables keeps a socket and a cache of the rule set: for one transaction only.
struct freed {
  void operator()(nft_ctx* context) const { ::nft_ctx_free(context); }
};
using context = std::unique_ptr<nft_ctx, freed>;

context make_context() {
  context one(::nft_ctx_new(NFT_CTX_DEFAULT));
  if (!one) throw sys::error(ENOMEM, "nft", "context");
  ::nft_ctx_buffer_output(one.get());
  ::nft_ctx_buffer_error(one.get());
  return one;
}

// libnftables gives the kernel's answer as text alone: "Error: Could not process rule:
// File exists", and the number is wanted.
int number_in(std::string_view error) {
  const auto line = error.substr(0, error.find('\n'));
  for (int number = 1; number < 134; ++number)
    if (const char* text = strerror(number); line.find(text) != std::string_view::npos)
      return number;
  return EINVAL;
}

// Below its first line the text shows the command that was refused.
std::string refused_in(const std::string& error, const command& otherwise) {
  std::istringstream lines(error);
  std::string first, second;
  std::getline(lines, first);
  std::getline(lines, second);
  return second.empty() ? otherwise.text : second;
}

// Each expression is a module of the kernel's, loaded at its first use.
std::string hint_of(const std::vector<command>& commands, int number) {
  const bool makes = commands.front().text.starts_with("create table");
  if (!makes || (number != ENOENT && number != EOPNOTSUPP)) return {};
  return "this kernel may lack a part of nf_tables (nft_fib_ipv4, nft_ct, nft_nat, "
         "nft_masq): `make doctor` tries each";
}

std::string shown(const command& command) { return "nft " + command.text; }

// What is left of the commands after --skip, each paused before.
std::vector<command> wanted(const std::vector<command>& commands) {
  std::vector<command> result;
  for (const auto& one : commands) {
    const auto text = [&] { return shown(one); };
    if (narration::watched(one.reason) && narration::skipped(one.reason, text)) continue;
    if (narration::watched(one.reason)) narration::pause(text);
    result.push_back(one);
  }
  return result;
}

}  // namespace

bool run_unless(int expected, const std::vector<command>& commands) {
  const auto asked = wanted(commands);
  if (asked.empty()) return true;
  std::string text;
  for (const auto& one : asked) text += one.text + "\n";
  const auto nft = make_context();
  const int result = ::nft_run_cmd_from_buffer(nft.get(), text.c_str());
  const std::string error = ::nft_ctx_get_error_buffer(nft.get());
  const int number = result == 0 ? 0 : number_in(error);
  for (const auto& one : asked)
    if (narration::watched(one.reason))
      narration::report(one.reason, shown(one), result, number);
  if (result == 0) return true;
  if (number == expected) return false;
  const std::string hint = number == EINVAL ? error : hint_of(asked, number);
  throw sys::error(number, "nft", refused_in(error, asked.front()), hint);
}

void run(const std::vector<command>& commands) { run_unless(0, commands); }

std::string list(const std::string& command, bool handles) {
  const auto nft = make_context();
  if (handles) ::nft_ctx_output_set_flags(nft.get(), NFT_CTX_OUTPUT_HANDLE);
  if (::nft_run_cmd_from_buffer(nft.get(), command.c_str()) != 0)
    throw sys::error(number_in(::nft_ctx_get_error_buffer(nft.get())), "nft", command);
  return ::nft_ctx_get_output_buffer(nft.get());
}

bool has_table(const std::string& table) { return tables().contains(table); }

}  // namespace zoomin::nft
