// SPDX-License-Identifier: MIT
// tar_reader: a tar archive as a sequence of members, compressed or not: libarchive(3).
//
// The archive is read once, front to back, in pieces: nothing is ever held as a whole. Of
// its bytes after decompression a digest is made, which is a layer's diff id.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "image/archive/digest.hpp"

struct archive;
struct archive_entry;

namespace zoomin::image {

// What an archive says of one member; none of it is to be believed.
struct member {
  std::string path;
  unsigned mode = 0;  // with the type, as stat(2) has it
  std::int64_t uid = 0, gid = 0;
  std::int64_t mtime = 0;
  long mtime_ns = 0;
  std::uint64_t size = 0;
  std::uint64_t device = 0;               // of a device node
  std::string symlink{};                  // what a symbolic link says
  std::optional<std::string> hardlink{};  // the member of which this is another name
  std::vector<std::pair<std::string, std::string>> xattrs{};
};

// The bytes of a file as they were before gzip, zstd, xz or bzip2, or as they are.
class decompressed {
 public:
  // Borrows `fd`. `name` is for errors: usage_error where it is empty, or damaged.
  decompressed(int fd, std::string name);
  // What comes next, at most what fits; 0 at the end.
  std::size_t read(std::span<char> into);

 private:
  std::string name_;
  std::unique_ptr<archive, int (*)(archive*)> bytes_;
};

class tar_reader {
 public:
  // Borrows `fd`. `name` is for errors.
  tar_reader(int fd, std::string name);
  tar_reader(const tar_reader&) = delete;
  tar_reader& operator=(const tar_reader&) = delete;

  // The next one; empty at the end. Throws usage_error where the archive is damaged.
  std::optional<member> next();
  // The data of the member that next() gave last, in pieces; holes are left out.
  void read(const std::function<void(std::uint64_t offset, std::span<const char>)>& each);
  // Reads what is left, and gives the digest of all that was read, decompressed.
  std::string finish();

 private:
  static long more(archive*, void* self, const void** block);
  [[noreturn]] void fail() const;

  std::string name_;
  decompressed bytes_;
  std::unique_ptr<archive, int (*)(archive*)> members_;  // tells members apart
  std::exception_ptr failure_;  // of the bytes: none passes through libarchive
  archive_entry* entry_ = nullptr;
  bool ended_ = false;
  std::vector<char> block_;
  digester digest_;
};

}  // namespace zoomin::image
