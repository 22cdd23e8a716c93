// SPDX-License-Identifier: MIT
#include "startup/library.hpp"

#include <dlfcn.h>
#include <fmt/format.h>
#include <malloc.h>

#include <cerrno>
#include <utility>

#include "common/error.hpp"

namespace zoomin::startup {

void* library::address_of(const char* name) {
  if (opened_ == nullptr) opened_ = ::dlopen(file_, RTLD_NOW | RTLD_LOCAL);
  if (opened_ == nullptr)
    throw sys::error(ENOENT, "dlopen", file_,
                     fmt::format("`make deps` installs it: the package {}", package_));
  void* const found = ::dlsym(opened_, name);
  if (found == nullptr) throw sys::error(ENOSYS, "dlsym", name);
  return found;
}

void library::close() {
  if (opened_ == nullptr) return;
  ::dlclose(std::exchange(opened_, nullptr));
  trim_heap();
}

void trim_heap() {
#ifdef __GLIBC__
  ::malloc_trim(0);
#endif
}

}  // namespace zoomin::startup
