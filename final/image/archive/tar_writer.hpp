// SPDX-License-Identifier: MIT
// tar_writer: writes a tar archive, member by member: libarchive(3). The members of an
// image archive are owned by root and dated 1970, so that the same files produce the same
// bytes.
#pragma once

#include <cstdint>
#include <exception>
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
  using sink = std::function<void(std::span<const char>)>;
  // Selects the attributes that are written. A layer has times in nanoseconds, and
  // nothing that depends on the file system of the files.
  enum class form { archive, layer };
  // Borrows `fd`.
  explicit tar_writer(int fd);
  // Passes the archive to `to`, in pieces.
  tar_writer(sink to, form kind);
  tar_writer(const tar_writer&) = delete;
  tar_writer& operator=(const tar_writer&) = delete;
  ~tar_writer();

  void add_directory(const std::string& path);
  void add_text(const std::string& path, std::string_view text);

  // Adds a file. `fill` passes exactly `size` bytes to the sink.
  void add(const std::string& path, std::uint64_t size,
           const std::function<void(const sink&)>& fill);
  // Holds the attributes of a file that stat(2) doesn't report.
  struct extras {
    std::string symlink{};   // its target
    std::string hardlink{};  // the member that it is another name of
    std::vector<std::pair<std::string, std::string>> xattrs{};
    // The parts of a sparse file that have data, as offset and size. Empty for any other
    // file.
    std::vector<std::pair<std::uint64_t, std::uint64_t>> data{};
  };
  // Adds a file with its owner, mode, times and extended attributes.
  void add_with_attributes(const std::string& path, const struct stat& info,
                           const extras& more,
                           const std::function<void(const sink&)>& fill);
  // Completes the archive.
  void finish();

 private:
  static long on_write(archive*, void* self, const void* bytes, std::size_t size);
  void write_header(const std::string& path, unsigned mode, std::uint64_t size);
  void write_data(std::span<const char> bytes);
  void require(int result) const;

  sink to_;
  form form_;
  std::exception_ptr failure_;  // of to_; exceptions can't pass through libarchive
  archive* out_;
};

}  // namespace zoomin::image
