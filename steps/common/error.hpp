// SPDX-License-Identifier: MIT
// error: a failure that says what was being done, to what, and what the kernel answered.
//
// Two kinds, told apart because they are mended in different places:
//   sys::error      the kernel refused:  mount(proc on /proc): Operation not permitted
//   usage_error     the user asked for something that can't be:  --memory 12x: ...
// main() catches both once, prints one line and, where there is one, a `hint:` line.
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

// Tells refusals apart for callers that treat them differently: `rm -f` forgives
// not_found alone, a list goes on after a damaged entry.
enum class failure_kind {
  invalid,      // a value or a combination of values that can't be
  not_found,    // no object has that name or id
  conflict,     // a name that is taken, an object that is in use, an ambiguous id
  not_running,  // the container has no process
  unsupported,  // known to Docker, missing here
  damaged       // a file of ours that can't be read as what it should be
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

// What a user can do about `failure`: its own hint, else one for the failures that
// people meet (not root, an old kernel, a full disk); empty where we know nothing.
std::string hint_for(const sys::error& failure);

}  // namespace zoomin
