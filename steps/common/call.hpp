// SPDX-License-Identifier: MIT
// call: the one way through which kernel requests are made: checked, and, where a
// reader should see them, narrated, paused before and skipped on demand.
//
// Every wrapper in sys.hpp takes a `why` first: the request's stable name ("private") and
// a few words in plain language. `quiet` marks what every program does (open, read, poll)
// and nobody wants told. Because the wrapper makes the text from the arguments that it
// passes to the kernel, a call can't be narrated without being made, nor made with other
// arguments than those shown.
#pragma once

#include <algorithm>
#include <cerrno>
#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>

#include "common/error.hpp"
#include "common/narration.hpp"

namespace zoomin::sys {

// A name that --skip takes: "private"_id. Each one that is compiled into a program is
// known from its start, so that a misspelt --skip is refused before anything happens.
template <std::size_t N>
struct id_text {
  char text[N];
  constexpr id_text(const char (&from)[N]) {
    std::copy_n(from, N, text);
  }  // NOLINT: implicit
};

template <id_text Text>
struct registered {
  inline static narration::name entry{Text.text};
};

template <id_text Text>
const narration::name* operator""_id() {
  return &registered<Text>::entry;
}

using narration::quiet;
using narration::why;

// Makes one kernel request and returns its answer with errno; 0 where --skip left it out.
// `text` is a function, so that an unwatched call formats nothing: it gives the whole
// call as strace(1) shows it, `sethostname("box", 3)`.
template <std::invocable Text, std::invocable Call>
auto attempt(const why& reason, Text&& text, Call&& call) {
  using answer = decltype(call());
  const bool told = narration::watched(reason);
  if (told && narration::skipped(reason, text)) return answer{0};
  if (told) narration::pause(text);
  const answer result = call();
  const int number = errno;
  if (told) narration::tell(reason, text(), static_cast<long>(result), number);
  errno = number;
  return result;
}

// The same where each failure is fatal: throws sys::error on -1. `object` gives what the
// call is about ("box"), and is a function, so that formatting it can't overwrite errno.
template <std::invocable Text, std::invocable Object, std::invocable Call>
auto request(const why& reason, std::string_view name, Text&& text, Object&& object,
             Call&& call) {
  const auto result = attempt(reason, text, call);
  if (result != decltype(result)(-1)) return result;
  const int number = errno;
  throw error(number, std::string(name), std::string(object()));
}

// The same for what is never narrated: check("open", path, [&] { return ::open(…); }).
template <std::invocable Call>
auto check(std::string_view name, std::string_view object, Call&& call) {
  const auto result = call();
  if (result == -1) throw error(errno, std::string(name), std::string(object));
  return result;
}

}  // namespace zoomin::sys
