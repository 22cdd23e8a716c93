// SPDX-License-Identifier: MIT
// gunzip: decompresses gzip, RFC 1952, with Intel's ISA-L, which takes half of zlib's
// time: isa-l/igzip_lib.h.
#pragma once

#include <string>

#include "image/archive/byte_source.hpp"

namespace zoomin::image {

// Returns a source of the decompressed bytes. A file may consist of several members, one
// after the other; anything after the last one is ignored. `name` is for messages. The
// source throws usage_error if the file is damaged, and whatever `compressed` throws.
byte_source gunzip(byte_source compressed, std::string name);

}  // namespace zoomin::image
