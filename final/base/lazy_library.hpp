// SPDX-License-Identifier: MIT
// lazy_library: a shared library that few commands need, opened at its first use with
// dlopen(3). Use it only on the host: with a container's root it would load the
// container's library.
#pragma once

#include <string>

namespace zoomin::base {

class lazy_library {
 public:
  // `file` is a name such as "libnftables.so.1", and `package` the package that contains
  // it.
  constexpr lazy_library(const char* file, const char* package)
      : file_(file), package_(package) {}

  // Returns the function of that name. Throws sys::error if the library or the function
  // is missing.
  template <typename Function>
  Function* find(const char* name) {
    return reinterpret_cast<Function*>(address_of(name));
  }
  // Closes the library and returns its memory to the kernel.
  void close();

 private:
  void* address_of(const char* name);
  [[noreturn]] void throw_open_error() const;

  const char* file_;
  const char* package_;
  void* opened_ = nullptr;
};

// Returns free memory of the heap to the kernel, if the C library can.
void trim_heap();

}  // namespace zoomin::base
