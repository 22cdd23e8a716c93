// SPDX-License-Identifier: MIT
#include "image/archive/tar_reader.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <unistd.h>

#include "common/error.hpp"
#include "common/sys.hpp"
#include "image/archive/gunzip.hpp"

namespace zoomin::image {

namespace {

constexpr std::size_t block_bytes = 256UL << 10;

std::string text_or_empty(const char* text) { return text != nullptr ? text : ""; }

std::vector<std::pair<std::string, std::string>> xattrs_of(archive_entry* entry) {
  std::vector<std::pair<std::string, std::string>> result;
  archive_entry_xattr_reset(entry);
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  while (archive_entry_xattr_next(entry, &name, &value, &size) == ARCHIVE_OK)
    result.emplace_back(name, std::string(static_cast<const char*>(value), size));
  return result;
}

member member_of(archive_entry* entry) {
  member result;
  result.path = text_or_empty(archive_entry_pathname(entry));
  result.mode = archive_entry_mode(entry);
  result.uid = archive_entry_uid(entry);
  result.gid = archive_entry_gid(entry);
  result.mtime = archive_entry_mtime(entry);
  result.mtime_ns = archive_entry_mtime_nsec(entry);
  result.size = static_cast<std::uint64_t>(archive_entry_size(entry));
  result.device = archive_entry_rdev(entry);
  result.symlink = text_or_empty(archive_entry_symlink(entry));
  if (const char* target = archive_entry_hardlink(entry)) result.hardlink = target;
  result.xattrs = xattrs_of(entry);
  return result;
}

[[noreturn]] void damaged(const std::string& name, archive* reader) {
  const char* why = archive_error_string(reader);
  throw usage_error(fmt::format("{}: not a valid archive: {}", name,
                                why != nullptr ? why : "unexpected end of file"));
}

}  // namespace

byte_source bytes_from(int fd, std::string name) {
  return [fd, name = std::move(name)](std::span<char> into) {
    return static_cast<std::size_t>(
        sys::check("read", name, [&] { return ::read(fd, into.data(), into.size()); }));
  };
}

void each_piece(const byte_source& source,
                const std::function<void(std::span<const char>)>& use) {
  constexpr std::size_t piece_bytes = 256UL << 10;
  std::vector<char> piece(piece_bytes);
  while (const auto size = source(piece)) use({piece.data(), size});
}

decompressed::decompressed(byte_source source, std::string name)
    : source_(std::move(source)),
      name_(std::move(name)),
      block_(block_bytes),
      bytes_(archive_read_new(), archive_read_free) {
  if (begins_as_gzip())
    gzip_ = gunzip([this](std::span<char> into) { return next(into); }, name_);
  else
    open_archive();
}

// Reads the first two bytes, which mark a gzip file.
bool decompressed::begins_as_gzip() {
  constexpr std::string_view magic = "\x1f\x8b";
  peeked_.resize(magic.size());
  std::size_t size = 0;
  while (size < magic.size()) {
    const auto got = source_(std::span(peeked_).subspan(size));
    if (got == 0) break;
    size += got;
  }
  peeked_.resize(size);
  return peeked_ == magic;
}

// Returns the bytes that begins_as_gzip() has read, then reads from the source.
std::size_t decompressed::next(std::span<char> into) {
  if (peeked_.empty()) return source_(into);
  const auto size = peeked_.copy(into.data(), into.size());
  peeked_.erase(0, size);
  return size;
}

// Reads the file as an archive of the format "raw", which has one member. If libarchive
// was built without a filter, it would run the program of that name from PATH; such a
// filter is an error instead.
void decompressed::open_archive() {
  for (auto* const filter :
       {archive_read_support_filter_zstd, archive_read_support_filter_xz,
        archive_read_support_filter_bzip2})
    if (filter(bytes_.get()) != ARCHIVE_OK) fail();
  archive_read_support_format_raw(bytes_.get());
  archive_read_support_format_empty(bytes_.get());
  if (archive_read_open(bytes_.get(), this, nullptr, on_read, nullptr) != ARCHIVE_OK)
    fail();
  archive_entry* whole = nullptr;
  const int first = archive_read_next_header(bytes_.get(), &whole);
  if (first == ARCHIVE_EOF)
    throw usage_error(name_ + ": not an archive: the file is empty");
  if (first != ARCHIVE_OK) fail();
}

void decompressed::fail() const {
  if (failure_) std::rethrow_exception(failure_);
  damaged(name_, bytes_.get());
}

long decompressed::on_read(archive* /*bytes*/, void* self, const void** block) {
  auto& reader = *static_cast<decompressed*>(self);
  try {
    *block = reader.block_.data();
    return static_cast<long>(reader.next(reader.block_));
  } catch (const std::exception&) {
    reader.failure_ = std::current_exception();
    return -1;
  }
}

std::size_t decompressed::read(std::span<char> into) {
  if (gzip_) return gzip_(into);
  const auto size = archive_read_data(bytes_.get(), into.data(), into.size());
  if (size < 0) fail();
  return static_cast<std::size_t>(size);
}

void decompressed::drain() {
  while (source_(block_) > 0) continue;
}

// The decompressed bytes pass through the digest into a second archive, which reads only
// tar.
tar_reader::tar_reader(byte_source source, std::string name, digester* digest,
                       std::uint64_t max_bytes)
    : name_(std::move(name)),
      bytes_(std::move(source), name_),
      members_(archive_read_new(), archive_read_free),
      digest_(digest),
      max_bytes_(max_bytes),
      block_(block_bytes) {
  archive_read_support_format_tar(members_.get());
  archive_read_support_format_empty(members_.get());
  if (archive_read_open(members_.get(), this, nullptr, on_read, nullptr) != ARCHIVE_OK)
    fail();
}

void tar_reader::fail() const {
  if (failure_) std::rethrow_exception(failure_);
  damaged(name_, members_.get());
}

long tar_reader::on_read(archive* /*members*/, void* self, const void** block) {
  auto& reader = *static_cast<tar_reader*>(self);
  try {
    const auto size = reader.bytes_.read(reader.block_);
    if (reader.digest_ != nullptr) reader.digest_->add({reader.block_.data(), size});
    if ((reader.bytes_read_ += size) > reader.max_bytes_)
      throw usage_error(fmt::format("{}: decompresses to more than {} bytes",
                                    reader.name_, reader.max_bytes_));
    *block = reader.block_.data();
    return static_cast<long>(size);
  } catch (const std::exception&) {
    reader.failure_ = std::current_exception();
    return -1;
  }
}

std::optional<member> tar_reader::next() {
  if (ended_) return std::nullopt;
  const utf8_names locale;
  const int result = archive_read_next_header(members_.get(), &entry_);
  ended_ = result == ARCHIVE_EOF;
  if (ended_) return std::nullopt;
  if (result < ARCHIVE_WARN) fail();
  return member_of(entry_);
}

void tar_reader::read(
    const std::function<void(std::uint64_t, std::span<const char>)>& each) {
  const void* bytes = nullptr;
  std::size_t size = 0;
  la_int64_t offset = 0;
  int result = 0;
  while ((result = archive_read_data_block(members_.get(), &bytes, &size, &offset)) ==
         ARCHIVE_OK)
    each(static_cast<std::uint64_t>(offset), {static_cast<const char*>(bytes), size});
  if (result != ARCHIVE_EOF) fail();
}

// Reads to the end of the file: more bytes may follow the two zero blocks that end an
// archive.
void tar_reader::finish() {
  while (next()) continue;
  const void* block = nullptr;
  long size = 0;
  while ((size = on_read(members_.get(), this, &block)) > 0) continue;
  if (size < 0) fail();
  bytes_.drain();
}

}  // namespace zoomin::image
