// SPDX-License-Identifier: MIT
// call: a kernel request as text, from strace(1) or from a narration, brought into one
// form in which the two can be compared.
//
// What is dropped: what strace adds (the path behind a descriptor, the size behind a
// text, the environment's address, clone3's fields besides its flags). Flags are sorted,
// escapes in texts undone.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace zoomin::test {

struct call {
  std::string name;
  std::vector<std::string> arguments;
  std::string result;  // "0", "-1 ENOENT"; empty where it isn't known

  [[nodiscard]] std::string text() const;  // "mkdir("/a", 0755) = 0"
};

// "mkdir("/a", 0755)", as narrations have it. Throws std::runtime_error on what is none.
call parse_call(const std::string& text);

// The same from a line of strace -y, "mkdir("/a", 0755) = 0", without the process number.
// Empty for what isn't a call ("+++ exited with 0 +++") and for what nobody narrates: a
// write to anything but a kernel file, an openat that isn't a failed open of one for
// writing, a prctl of the C library's.
std::optional<call> parse_strace(const std::string& line);

}  // namespace zoomin::test
