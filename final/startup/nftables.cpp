// SPDX-License-Identifier: MIT
// libnftables with the six libraries below it takes longer to load than most commands to
// run, and only a bridge's first and last container and a published port need it: so it
// is opened at its first use, dlopen(3), behind the functions by which 02-net calls it.
#include "startup/nftables.hpp"

#include <nftables/libnftables.h>

#include <cstdint>

#include "startup/library.hpp"

namespace {

zoomin::startup::library nftables("libnftables.so.1", "libnftables1");

template <typename Function>
Function* late(const char* name) {
  return nftables.find<Function>(name);
}

}  // namespace

namespace zoomin::startup {

void unload_nftables() { nftables.close(); }

}  // namespace zoomin::startup

extern "C" {

nft_ctx* nft_ctx_new(std::uint32_t flags) {
  return late<decltype(nft_ctx_new)>("nft_ctx_new")(flags);
}

void nft_ctx_free(nft_ctx* ctx) { late<decltype(nft_ctx_free)>("nft_ctx_free")(ctx); }

int nft_ctx_buffer_output(nft_ctx* ctx) {
  return late<decltype(nft_ctx_buffer_output)>("nft_ctx_buffer_output")(ctx);
}

int nft_ctx_buffer_error(nft_ctx* ctx) {
  return late<decltype(nft_ctx_buffer_error)>("nft_ctx_buffer_error")(ctx);
}

const char* nft_ctx_get_output_buffer(nft_ctx* ctx) {
  return late<decltype(nft_ctx_get_output_buffer)>("nft_ctx_get_output_buffer")(ctx);
}

const char* nft_ctx_get_error_buffer(nft_ctx* ctx) {
  return late<decltype(nft_ctx_get_error_buffer)>("nft_ctx_get_error_buffer")(ctx);
}

void nft_ctx_output_set_flags(nft_ctx* ctx, unsigned int flags) {
  late<decltype(nft_ctx_output_set_flags)>("nft_ctx_output_set_flags")(ctx, flags);
}

int nft_run_cmd_from_buffer(nft_ctx* nft, const char* buf) {
  return late<decltype(nft_run_cmd_from_buffer)>("nft_run_cmd_from_buffer")(nft, buf);
}
}
