// SPDX-License-Identifier: MIT
// call: the functions through which all kernel requests are made. Each request is
// checked; those that a reader should see are narrated, and can be paused before or
// skipped.
//
// Every wrapper in sys.hpp takes a `why` first: the request's stable name ("private"), a
// few words in plain language, and perhaps its subject. `quiet` marks requests that every
// program makes (open, read, poll) and that aren't narrated. Because the wrapper formats
// the text from the arguments that it passes to the kernel, a call can't be narrated
// without being made, nor made with other arguments than those shown.
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

// A name that --skip accepts: "private"_id. Every name that is compiled into a program is
// registered when it starts, so that a misspelt --skip is refused before anything
// happens.
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

// Makes one kernel request and returns its result, with errno; 0 if --skip left it out.
// `text` is a function, so that a call that isn't watched formats nothing: it returns the
// whole call as strace(1) shows it, `sethostname("box", 3)`.
template <std::invocable Text, std::invocable Call>
auto attempt(const why& reason, Text&& text, Call&& call) {
  using answer = decltype(call());
  const bool watched = narration::watched(reason);
  if (watched && narration::skipped(reason, text)) return answer{0};
  if (watched) narration::pause(reason, text);
  const answer result = call();
  const int number = errno;
  if (watched) narration::report(reason, text(), static_cast<long>(result), number);
  errno = number;
  return result;
}

// Makes one kernel request like attempt(), and throws sys::error if it returns -1.
// `object` returns the call's object ("box") for the error's text; it is a function, so
// that formatting it can't overwrite errno.
template <std::invocable Text, std::invocable Object, std::invocable Call>
auto request(const why& reason, std::string_view name, Text&& text, Object&& object,
             Call&& call) {
  const auto result = attempt(reason, text, call);
  if (result != decltype(result)(-1)) return result;
  const int number = errno;
  throw error(number, std::string(name), std::string(object()));
}

// Makes a request that is never narrated, and throws sys::error if it returns -1:
// check("open", path, [&] { return ::open(…); }).
template <std::invocable Call>
auto check(std::string_view name, std::string_view object, Call&& call) {
  const auto result = call();
  if (result == -1) throw error(errno, std::string(name), std::string(object));
  return result;
}

}  // namespace zoomin::sys
