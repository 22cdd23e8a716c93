// SPDX-License-Identifier: MIT
#include "02-net/nft.hpp"

#include <fmt/format.h>
#include <nftables/libnftables.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <sstream>
#include <string_view>

#include "common/call.hpp"

namespace zoomin::nft {

namespace {

// A context keeps a socket and a cache of the rule set, so each transaction uses a new
// one.
struct freed {
  void operator()(nft_ctx* context) const { ::nft_ctx_free(context); }
};
using context = std::unique_ptr<nft_ctx, freed>;

context make_context() {
  context result(::nft_ctx_new(NFT_CTX_DEFAULT));
  if (!result) throw sys::error(ENOMEM, "nft", "context");
  ::nft_ctx_buffer_output(result.get());
  ::nft_ctx_buffer_error(result.get());
  return result;
}

// Returns the errno in an error text. libnftables reports the kernel's errno only as
// text: "Error: Could not process rule: File exists".
int number_in(std::string_view error) {
  const auto line = error.substr(0, error.find('\n'));
  for (int number = 1; number < 134; ++number)
    if (const char* text = strerror(number); line.find(text) != std::string_view::npos)
      return number;
  return EINVAL;
}

// Returns the refused command, which the error text shows in its second line.
std::string refused_in(const std::string& error, const command& otherwise) {
  std::istringstream lines(error);
  std::string first, second;
  std::getline(lines, first);
  std::getline(lines, second);
  return second.empty() ? otherwise.text : second;
}

// Each expression is a kernel module that is loaded at its first use.
std::string hint_of(const std::vector<command>& commands, int number) {
  const bool makes = commands.front().text.starts_with("create table");
  if (!makes || (number != ENOENT && number != EOPNOTSUPP)) return {};
  return "this kernel may lack a part of nf_tables (nft_fib_ipv4, nft_ct, nft_nat, "
         "nft_masq); `make doctor` tries each";
}

std::string shown(const command& command) { return "nft " + command.text; }

// Returns the commands that --skip doesn't leave out, and pauses before each.
std::vector<command> without_skipped(const std::vector<command>& commands) {
  std::vector<command> result;
  for (const auto& command : commands) {
    const auto reason = command.why();
    const auto text = [&] { return shown(command); };
    if (narration::watched(reason) && narration::skipped(reason, text)) continue;
    if (narration::watched(reason)) narration::pause(reason, text);
    result.push_back(command);
  }
  return result;
}

}  // namespace

bool run_unless(int expected, const std::vector<command>& commands) {
  const auto sent = without_skipped(commands);
  if (sent.empty()) return true;
  std::string text;
  for (const auto& command : sent) text += command.text + "\n";
  const auto nft = make_context();
  const int result = ::nft_run_cmd_from_buffer(nft.get(), text.c_str());
  const std::string error = ::nft_ctx_get_error_buffer(nft.get());
  const int number = result == 0 ? 0 : number_in(error);
  for (const auto& command : sent)
    if (narration::watched(command.reason))
      narration::report(command.why(), shown(command), result, number);
  if (result == 0) return true;
  if (number == expected) return false;
  const std::string hint = number == EINVAL ? error : hint_of(sent, number);
  throw sys::error(number, "nft", refused_in(error, sent.front()), hint);
}

void run(const std::vector<command>& commands) { run_unless(0, commands); }

std::string list(const std::string& command, bool handles) {
  const auto nft = make_context();
  if (handles) ::nft_ctx_output_set_flags(nft.get(), NFT_CTX_OUTPUT_HANDLE);
  if (::nft_run_cmd_from_buffer(nft.get(), command.c_str()) != 0)
    throw sys::error(number_in(::nft_ctx_get_error_buffer(nft.get())), "nft", command);
  return ::nft_ctx_get_output_buffer(nft.get());
}

}  // namespace zoomin::nft
