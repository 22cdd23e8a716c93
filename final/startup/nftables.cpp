// SPDX-License-Identifier: MIT
// libnftables with the six libraries below it takes longer to load than most commands to
// run, and only a bridge's first and last container and a published port need it: so it
// is opened at its first use, dlopen(3), behind the functions by which 02-net calls it.
#include "startup/nftables.hpp"

#include <dlfcn.h>
#include <malloc.h>
#include <nftables/libnftables.h>

#include <cerrno>
#include <utility>

#include "common/error.hpp"

namespace {

void* opened = nullptr;

void* library() {
  if (opened == nullptr) opened = ::dlopen("libnftables.so.1", RTLD_NOW | RTLD_LOCAL);
  if (opened == nullptr)
    throw zoomin::sys::error(ENOENT, "dlopen", "libnftables.so.1",
                             "`make deps` installs it: the package libnftables1");
  return opened;
}

template <typename Function>
Function* late(const char* name) {
  void* const found = ::dlsym(library(), name);
  if (found == nullptr) throw zoomin::sys::error(ENOSYS, "dlsym", name);
  return reinterpret_cast<Function*>(found);
}

}  // namespace

namespace zoomin::startup {

void unload_nftables() {
  if (opened == nullptr) return;
  ::dlclose(std::exchange(opened, nullptr));
  ::malloc_trim(0);
}

}  // namespace zoomin::startup

extern "C" {

nft_ctx* nft_ctx_new(std::uint32_t flags) {
  return late<decltype(nft_ctx_new)>("nft_ctx_new")(flags);
}

void nft_ctx_free(nft_ctx* context) {
  late<decltype(nft_ctx_free)>("nft_ctx_free")(context);
}

int nft_ctx_buffer_output(nft_ctx* context) {
  return late<decltype(nft_ctx_buffer_output)>("nft_ctx_buffer_output")(context);
}

int nft_ctx_buffer_error(nft_ctx* context) {
  return late<decltype(nft_ctx_buffer_error)>("nft_ctx_buffer_error")(context);
}

const char* nft_ctx_get_output_buffer(nft_ctx* context) {
  return late<decltype(nft_ctx_get_output_buffer)>("nft_ctx_get_output_buffer")(context);
}

const char* nft_ctx_get_error_buffer(nft_ctx* context) {
  return late<decltype(nft_ctx_get_error_buffer)>("nft_ctx_get_error_buffer")(context);
}

void nft_ctx_output_set_flags(nft_ctx* context, unsigned int flags) {
  late<decltype(nft_ctx_output_set_flags)>("nft_ctx_output_set_flags")(context, flags);
}

int nft_run_cmd_from_buffer(nft_ctx* context, const char* text) {
  return late<decltype(nft_run_cmd_from_buffer)>("nft_run_cmd_from_buffer")(context,
                                                                            text);
}
}
