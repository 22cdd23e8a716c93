// SPDX-License-Identifier: MIT
// call: a kernel request as text, from strace(1) or from a narration, in a common form in
// which the two can be compared.
//
// Details that only strace shows are removed (the path after a descriptor, the size after
// a text, the environment's address, clone3's fields except its flags). Flags are sorted,
// and escapes in texts are undone.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace zoomin::test {

struct call {
  std::string name;
  std::vector<std::string> arguments;
  std::string result;  // "0", "-1 ENOENT"; empty if it isn't known

  [[nodiscard]] std::string text() const;  // "mkdir("/a", 0755) = 0"
};

// Parses a narrated call, "mkdir("/a", 0755)". Throws std::runtime_error.
call parse_call(const std::string& text);

// Parses a line of strace -y, "mkdir("/a", 0755) = 0", without the process number. Empty
// if it isn't a call ("+++ exited with 0 +++"), or one that is never narrated: a write to
// anything but a kernel file, an openat unless it failed to open one for writing, a prctl
// of the C library.
std::optional<call> parse_strace(const std::string& line);

}  // namespace zoomin::test
