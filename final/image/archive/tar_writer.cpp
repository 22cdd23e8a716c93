// SPDX-License-Identifier: MIT
#include "image/archive/tar_writer.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <utility>

#include "common/error.hpp"
#include "image/archive/tar_reader.hpp"

namespace zoomin::image {

namespace {

constexpr int block_bytes = 256 << 10;
constexpr int last_block_bytes = 10'240;  // the size of tar(1)'s last block

void write_all(int fd, std::span<const char> bytes) {
  while (!bytes.empty()) {
    const auto done = ::write(fd, bytes.data(), bytes.size());
    if (done == -1 && errno == EINTR) continue;
    if (done == -1) throw sys::error(errno, "write", "the archive");
    bytes = bytes.subspan(static_cast<std::size_t>(done));
  }
}

void forget_origin(archive_entry* entry) {
  archive_entry_unset_atime(entry);
  archive_entry_unset_ctime(entry);
  archive_entry_unset_birthtime(entry);
  archive_entry_set_dev(entry, 0);
  archive_entry_set_ino(entry, 0);
  archive_entry_set_nlink(entry, 0);
}

}  // namespace

tar_writer::tar_writer(int fd)
    : tar_writer([fd](std::span<const char> bytes) { write_all(fd, bytes); },
                 form::archive) {}

// An image archive has the restricted pax format: ustar headers, and pax headers only
// where ustar can't store an attribute.
tar_writer::tar_writer(sink to, form kind)
    : to_(std::move(to)), form_(kind), out_(archive_write_new()) {
  kind == form::layer ? archive_write_set_format_pax(out_)
                      : archive_write_set_format_pax_restricted(out_);
  // tar(1) prints a warning for libarchive's own header for attributes.
  archive_write_set_format_option(out_, "pax", "xattrheader", "SCHILY");
  archive_write_set_bytes_per_block(out_, block_bytes);
  archive_write_set_bytes_in_last_block(out_, last_block_bytes);
  require(archive_write_open(out_, this, nullptr, on_write, nullptr));
}

// Discards an archive that isn't finished: freeing alone would write its end.
tar_writer::~tar_writer() {
  archive_write_fail(out_);
  archive_write_free(out_);
}

long tar_writer::on_write(archive* /*out*/, void* self, const void* bytes,
                          std::size_t size) {
  auto& writer = *static_cast<tar_writer*>(self);
  try {
    writer.to_({static_cast<const char*>(bytes), size});
    return static_cast<long>(size);
  } catch (...) {
    writer.failure_ = std::current_exception();
  }
  return -1;
}

void tar_writer::require(int result) const {
  if (result >= ARCHIVE_WARN) return;
  if (failure_) std::rethrow_exception(failure_);
  throw sys::error(archive_errno(out_), "archive_write", "the archive");
}

void tar_writer::write_header(const std::string& path, unsigned mode,
                              std::uint64_t size) {
  const std::unique_ptr<archive_entry, decltype(&archive_entry_free)> entry(
      archive_entry_new(), archive_entry_free);
  archive_entry_set_pathname(entry.get(), path.c_str());
  archive_entry_set_mode(entry.get(), mode);
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(size));
  archive_entry_set_mtime(entry.get(), 0, 0);
  require(archive_write_header(out_, entry.get()));
}

void tar_writer::add_directory(const std::string& path) {
  write_header(path, S_IFDIR | 0755, 0);
}

void tar_writer::add_text(const std::string& path, std::string_view text) {
  add(path, text.size(), [&](const sink& to) { to(text); });
}

void tar_writer::add(const std::string& path, std::uint64_t size,
                     const std::function<void(const sink&)>& fill) {
  write_header(path, S_IFREG | 0644, size);
  fill([&](std::span<const char> bytes) { write_data(bytes); });
}

void tar_writer::add_with_attributes(const std::string& path, const struct stat& info,
                                     const extras& more,
                                     const std::function<void(const sink&)>& fill) {
  const std::unique_ptr<archive_entry, decltype(&archive_entry_free)> entry(
      archive_entry_new(), archive_entry_free);
  const utf8_names locale;
  const bool has_data = S_ISREG(info.st_mode) && more.hardlink.empty();
  archive_entry_copy_stat(entry.get(), &info);
  if (form_ == form::layer) forget_origin(entry.get());
  archive_entry_set_pathname(entry.get(), path.c_str());
  if (!has_data) archive_entry_set_size(entry.get(), 0);
  if (!more.symlink.empty()) archive_entry_set_symlink(entry.get(), more.symlink.c_str());
  if (!more.hardlink.empty())
    archive_entry_set_hardlink(entry.get(), more.hardlink.c_str());
  for (const auto& [name, value] : more.xattrs)
    archive_entry_xattr_add_entry(entry.get(), name.c_str(), value.data(), value.size());
  for (const auto& [offset, size] : more.data)
    archive_entry_sparse_add_entry(entry.get(), static_cast<la_int64_t>(offset),
                                   static_cast<la_int64_t>(size));
  require(archive_write_header(out_, entry.get()));
  if (has_data) fill([&](std::span<const char> bytes) { write_data(bytes); });
}

void tar_writer::write_data(std::span<const char> bytes) {
  const auto done = archive_write_data(out_, bytes.data(), bytes.size());
  require(done < 0 ? ARCHIVE_FATAL : ARCHIVE_OK);
}

void tar_writer::finish() { require(archive_write_close(out_)); }

}  // namespace zoomin::image
