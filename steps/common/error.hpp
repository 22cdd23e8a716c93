// SPDX-License-Identifier: MIT
// error: exceptions that name the call, its object and the kernel's answer.
//
// There are two types, since different people can fix them:
//   sys::error      the kernel refused a call:  mount(proc on /proc): Operation not ...
//   usage_error     the user asked for something impossible:  --memory 12x: ...
// main() catches both, prints one line and, if there is a hint, a `hint:` line.
#pragma once

#include <stdexcept>
#include <string>
#include <system_error>

namespace zoomin {

namespace sys {

class error : public std::system_error {
 public:
  // what() is "call(object): strerror(code)".
  error(int code, std::string call, std::string object, std::string hint = {});

  [[nodiscard]] const std::string& call() const noexcept { return call_; }
  [[nodiscard]] const std::string& object() const noexcept { return object_; }
  [[nodiscard]] const std::string& hint() const noexcept { return hint_; }
  [[nodiscard]] int number() const noexcept { return code().value(); }

 private:
  std::string call_;
  std::string object_;
  std::string hint_;
};

}  // namespace sys

// Distinguishes usage errors for callers that treat them differently: `rm -f` ignores
// not_found only, a list continues after a damaged entry.
enum class failure_kind {
  invalid,      // a value or a combination of values that isn't allowed
  not_found,    // no object has that name or id
  conflict,     // a name that is taken, an object that is in use, an ambiguous id
  not_running,  // the container has no process
  unsupported,  // Docker has it, zoomin doesn't
  damaged       // one of zoomin's own files can't be parsed
};

class usage_error : public std::runtime_error {
 public:
  explicit usage_error(const std::string& text, std::string hint = {})
      : usage_error(failure_kind::invalid, text, std::move(hint)) {}
  usage_error(failure_kind kind, const std::string& text, std::string hint = {})
      : std::runtime_error(text), hint_(std::move(hint)), kind_(kind) {}

  [[nodiscard]] const std::string& hint() const noexcept { return hint_; }
  [[nodiscard]] failure_kind kind() const noexcept { return kind_; }

 private:
  std::string hint_;
  failure_kind kind_;
};

// Returns a hint for the user about `failure`: its own, or one for common failures (not
// root, an old kernel, a full disk). Empty if there is none.
std::string hint_for(const sys::error& failure);

// Returns the exit status for a failure: 127 if the command or its working directory
// doesn't exist, 126 if it can't be executed or entered, 125 for all else.
int exit_status_of(const sys::error& failure);

}  // namespace zoomin
