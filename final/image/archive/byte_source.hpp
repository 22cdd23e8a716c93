// SPDX-License-Identifier: MIT
// byte_source: reads bytes in pieces, from a file or a download.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>

namespace zoomin::image {

// Reads the next bytes into the span. Returns their number, which is 0 at the end. May
// throw.
using byte_source = std::function<std::size_t(std::span<char> into)>;

// Returns a source of a file's bytes. Borrows `fd`; `name` is for messages.
byte_source bytes_from(int fd, std::string name);

// Calls `use` with each piece until the end.
void each_piece(const byte_source& source,
                const std::function<void(std::span<const char>)>& use);

}  // namespace zoomin::image
