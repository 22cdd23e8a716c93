// SPDX-License-Identifier: MIT
#include "base/lazy_library.hpp"

#include <dlfcn.h>
#include <fmt/format.h>
#include <malloc.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "common/error.hpp"

namespace zoomin::base {

void* lazy_library::address_of(const char* name) {
  if (opened_ == nullptr) opened_ = ::dlopen(file_, RTLD_NOW | RTLD_LOCAL);
  if (opened_ == nullptr) throw_open_error();
  void* const found = ::dlsym(opened_, name);
  if (found == nullptr) throw sys::error(ENOSYS, "dlsym", name);
  return found;
}

// dlerror(3) has no error number, so its text decides. It ends with the text of ENOENT
// only if the file was not found; otherwise something else is wrong.
void lazy_library::throw_open_error() const {
  const char* const reason = ::dlerror();
  const std::string text = reason == nullptr ? "" : reason;
  for (const int number : {ENOMEM, EMFILE, ENFILE, EACCES, EIO})
    if (text.find(::strerror(number)) != std::string::npos)
      throw sys::error(number, "dlopen", file_, text);
  const bool lacks_memory = text.find("cannot allocate") != std::string::npos ||
                            text.find("failed to map") != std::string::npos;
  if (lacks_memory) throw sys::error(ENOMEM, "dlopen", file_, text);
  if (text.find(::strerror(ENOENT)) == std::string::npos)
    throw sys::error(ELIBBAD, "dlopen", file_, text);
  throw sys::error(ENOENT, "dlopen", file_,
                   fmt::format("install the package {} (`make deps` does)", package_));
}

void lazy_library::close() {
  if (opened_ == nullptr) return;
  ::dlclose(std::exchange(opened_, nullptr));
  trim_heap();
}

void trim_heap() {
#ifdef __GLIBC__
  ::malloc_trim(0);
#endif
}

}  // namespace zoomin::base
