// SPDX-License-Identifier: MIT
// byte_source: bytes that are read in pieces: of a file, or of a download.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>

namespace zoomin::image {

// Reads the next bytes into the span. Returns their number, which is 0 at the end. It may
// throw.
using byte_source = std::function<std::size_t(std::span<char> into)>;

// Returns a source of the bytes of a file. Borrows `fd`; `name` is for messages.
byte_source bytes_from(int fd, std::string name);

// Calls `use` with each piece until the end.
void each_piece(const byte_source& source,
                const std::function<void(std::span<const char>)>& use);

}  // namespace zoomin::image
