// SPDX-License-Identifier: MIT
// tar_reader: reads the members of a tar archive, compressed or not: libarchive(3).
//
// The archive is read once, from front to back and in pieces, so that memory is bounded.
// The digest of its decompressed bytes, which is a layer's diff id, can be computed on
// the way.
#pragma once

#include <locale.h>

#include <cstdint>
#include <exception>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "image/archive/byte_source.hpp"
#include "image/archive/digest.hpp"

struct archive;
struct archive_entry;

namespace zoomin::image {

// Sets the thread's character set to UTF-8 while libarchive works. libarchive converts
// names from and to the thread's character set, and alters or drops names that can't be
// converted.
class utf8_names {
 public:
  utf8_names() {
    if (utf8() != nullptr) before_ = ::uselocale(utf8());
  }
  utf8_names(const utf8_names&) = delete;
  utf8_names& operator=(const utf8_names&) = delete;
  ~utf8_names() {
    if (utf8() != nullptr) ::uselocale(before_);
  }

 private:
  // Makes the locale once, because newlocale(3) reads files and takes a lock.
  static locale_t utf8() {
    static const locale_t made = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    return made;
  }

  locale_t before_ = nullptr;
};

// Describes a member as the archive does. No part of it is trusted.
struct member {
  std::string path;
  unsigned mode = 0;  // with the file type, as in stat(2)
  std::int64_t uid = 0, gid = 0;
  std::int64_t mtime = 0;
  long mtime_ns = 0;
  std::uint64_t size = 0;
  std::uint64_t device = 0;               // of a device node
  std::string symlink{};                  // the target of a symbolic link
  std::optional<std::string> hardlink{};  // the member that it is another name of
  std::vector<std::pair<std::string, std::string>> xattrs{};
};

// Reads a file and decompresses gzip, zstd, xz and bzip2.
class decompressed {
 public:
  // `name` is for messages. Throws usage_error if the file is empty or damaged, and
  // whatever the source throws.
  decompressed(byte_source source, std::string name);
  decompressed(const decompressed&) = delete;
  decompressed& operator=(const decompressed&) = delete;
  // Reads the next bytes. Returns their number, which is 0 at the end.
  std::size_t read(std::span<char> into);
  // Reads the source to its end, since bytes may follow the compressed ones.
  void drain();

 private:
  static long on_read(archive*, void* self, const void** block);
  bool begins_as_gzip();
  std::size_t next(std::span<char> into);
  void open_archive();
  [[noreturn]] void fail() const;

  byte_source source_;
  std::string name_;
  std::vector<char> block_;
  std::string peeked_;  // the first bytes
  byte_source gzip_;    // the decompressed bytes, if the file is compressed by gzip
  std::exception_ptr failure_;  // of source_; exceptions can't pass through libarchive
  std::unique_ptr<archive, int (*)(archive*)> bytes_;
};

class tar_reader {
 public:
  static constexpr auto unlimited = std::numeric_limits<std::uint64_t>::max();
  // `name` is for messages. All decompressed bytes are added to `digest`, which is
  // borrowed, unless it is null. Reading more than `max_bytes` of them throws
  // usage_error.
  tar_reader(byte_source source, std::string name, digester* digest = nullptr,
             std::uint64_t max_bytes = unlimited);
  tar_reader(const tar_reader&) = delete;
  tar_reader& operator=(const tar_reader&) = delete;

  // Returns the next member, or nothing at the end. Throws usage_error if the archive is
  // damaged.
  std::optional<member> next();
  // Reads the data of the last member in pieces. Holes are skipped.
  void read(const std::function<void(std::uint64_t offset, std::span<const char>)>& each);
  // Reads the rest of the archive and of its source.
  void finish();

 private:
  static long on_read(archive*, void* self, const void** block);
  [[noreturn]] void fail() const;

  std::string name_;
  decompressed bytes_;
  std::unique_ptr<archive, int (*)(archive*)> members_;  // parses tar
  std::exception_ptr failure_;  // of bytes_; exceptions can't pass through libarchive
  archive_entry* entry_ = nullptr;
  bool ended_ = false;
  digester* digest_;
  std::uint64_t max_bytes_, bytes_read_ = 0;
  std::vector<char> block_;
};

}  // namespace zoomin::image
