// SPDX-License-Identifier: MIT
// tar_writer: a tar archive, written member by member: libarchive(3). Of an image's it
// tells of files whose owner is root and whose time is 1970, so the same files make the
// same bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

struct archive;
struct stat;

namespace zoomin::image {

class tar_writer {
 public:
  // Borrows `fd`.
  explicit tar_writer(int fd);
  tar_writer(const tar_writer&) = delete;
  tar_writer& operator=(const tar_writer&) = delete;
  ~tar_writer();

  void add_directory(const std::string& path);
  void add_text(const std::string& path, std::string_view text);

  using sink = std::function<void(std::span<const char>)>;
  // `fill` gives the sink exactly `size` bytes.
  void add(const std::string& path, std::uint64_t size,
           const std::function<void(const sink&)>& fill);
  // Holds what belongs to a file but isn't in its stat(2).
  struct extras {
    std::string symlink{};   // where it leads
    std::string hardlink{};  // the member of which it is another name; then without data
    std::vector<std::pair<std::string, std::string>> xattrs{};
  };
  // Adds a file with its owner, mode, times and extended attributes.
  void add_as_it_is(const std::string& path, const struct stat& info, const extras& more,
                    const std::function<void(const sink&)>& fill);
  // Without it the archive isn't whole.
  void finish();

 private:
  static long put(archive*, void* self, const void* bytes, std::size_t size);
  void begin(const std::string& path, unsigned mode, std::uint64_t size);
  void give(std::span<const char> bytes);
  void require(int result) const;

  int fd_;
  int error_ = 0;  // errno of the write that failed
  archive* out_;
};

}  // namespace zoomin::image
