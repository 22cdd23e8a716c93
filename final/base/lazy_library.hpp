// SPDX-License-Identifier: MIT
// lazy_library: a shared library that few commands need, opened at its first use,
// dlopen(3). On the host alone: in a container's root it would be the container's.
#pragma once

#include <string>

namespace zoomin::startup {

class lazy_library {
 public:
  // "libnftables.so.1", and the package that has it.
  constexpr lazy_library(const char* file, const char* package)
      : file_(file), package_(package) {}

  // By its name there. Throws sys::error where the library or the function is missing.
  template <typename Function>
  Function* find(const char* name) {
    return reinterpret_cast<Function*>(address_of(name));
  }
  // Gives its memory back.
  void close();

 private:
  void* address_of(const char* name);
  [[noreturn]] void throw_why() const;

  const char* file_;
  const char* package_;
  void* opened_ = nullptr;
};

// Gives back to the kernel what the heap holds and doesn't use, where the C library can.
void trim_heap();

}  // namespace zoomin::startup
