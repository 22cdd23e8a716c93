// SPDX-License-Identifier: MIT
// libnftables and the six libraries below it take longer to load than most commands take
// to run, and are needed only to change a table. So this file implements the functions
// that 02-net calls, and opens the real library at its first use, dlopen(3). Each
// transaction runs in a child process: the library's heap would otherwise stay in a
// monitor for life, and the library ends the process if the kernel has no netfilter.
#include <fcntl.h>
#include <fmt/format.h>
#include <nftables/libnftables.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/lazy_library.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"

// Holds the settings of the caller, and the result. The library's own nft_ctx is opaque.
struct nft_ctx {
  unsigned flags = 0;
  std::string output, error;
};

namespace zoomin::base {

namespace {

lazy_library nftables("libnftables.so.1", "libnftables1");

// Exit statuses of the child.
constexpr int accepted = 0, refused = 1, no_library = 2;

void write_all(int to, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(to, text.data(), text.size());
    if (written <= 0) ::_exit(refused);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

// Writes "SIZE OUTPUT ERROR", in which the output has SIZE bytes.
void send_answer(int to, std::string_view output, std::string_view error) {
  write_all(to, fmt::format("{} ", output.size()));
  write_all(to, output);
  write_all(to, error);
}

int run(unsigned flags, const char* commands, int to) {
  auto* context = nftables.find<decltype(nft_ctx_new)>("nft_ctx_new")(NFT_CTX_DEFAULT);
  if (context == nullptr) return refused;
  nftables.find<decltype(nft_ctx_buffer_output)>("nft_ctx_buffer_output")(context);
  nftables.find<decltype(nft_ctx_buffer_error)>("nft_ctx_buffer_error")(context);
  nftables.find<decltype(nft_ctx_output_set_flags)>("nft_ctx_output_set_flags")(context,
                                                                                flags);
  const int result = nftables.find<decltype(nft_run_cmd_from_buffer)>(
      "nft_run_cmd_from_buffer")(context, commands);
  send_answer(to,
              nftables.find<decltype(nft_ctx_get_output_buffer)>(
                  "nft_ctx_get_output_buffer")(context),
              nftables.find<decltype(nft_ctx_get_error_buffer)>(
                  "nft_ctx_get_error_buffer")(context));
  return result == 0 ? accepted : refused;
}

[[noreturn]] void run_in_child(unsigned flags, const char* commands, int to) {
  int status = no_library;
  try {
    status = run(flags, commands, to);
  } catch (const sys::error& failure) {
    send_answer(to, failure.object(), failure.hint());
  } catch (...) {
    status = refused;
  }
  ::_exit(status);
}

int status_of(int child) {
  siginfo_t info{};
  while (::waitid(P_PIDFD, static_cast<id_t>(child), &info, WEXITED) == -1 &&
         errno == EINTR) {
  }
  return info.si_code == CLD_EXITED ? info.si_status : refused;
}

// Splits the child's answer into output and error.
void read_answer(const std::string& from, nft_ctx& to) {
  const auto space = from.find(' ');
  if (space == std::string::npos) {
    to.error = "libnftables ended without an answer";
    return;
  }
  const auto size = std::stoul(from.substr(0, space));
  to.output = from.substr(space + 1, size);
  to.error = from.substr(space + 1 + size);
}

int run_in_child_process(nft_ctx& context, const char* commands) {
  std::array<int, 2> ends{};
  sys::check("pipe2", "nft", [&] { return ::pipe2(ends.data(), O_CLOEXEC); });
  const unique_fd reads(ends[0]);
  unique_fd writes(ends[1]), child;
  if (sys::clone3(sys::quiet, 0, -1, &child) == 0)
    run_in_child(context.flags, commands, writes.get());
  writes.reset();
  read_answer(sys::read_all(reads.get(), "nft"), context);
  const int status = status_of(child.get());
  if (status == no_library)
    throw sys::error(ENOENT, "dlopen", context.output, context.error);
  return status == accepted ? 0 : -1;
}

}  // namespace

}  // namespace zoomin::base

extern "C" {

nft_ctx* nft_ctx_new(std::uint32_t) { return new nft_ctx; }

void nft_ctx_free(nft_ctx* ctx) { delete ctx; }

int nft_ctx_buffer_output(nft_ctx*) { return 0; }

int nft_ctx_buffer_error(nft_ctx*) { return 0; }

const char* nft_ctx_get_output_buffer(nft_ctx* ctx) { return ctx->output.c_str(); }

const char* nft_ctx_get_error_buffer(nft_ctx* ctx) { return ctx->error.c_str(); }

void nft_ctx_output_set_flags(nft_ctx* ctx, unsigned int flags) { ctx->flags = flags; }

int nft_run_cmd_from_buffer(nft_ctx* nft, const char* buf) {
  return zoomin::base::run_in_child_process(*nft, buf);
}
}
