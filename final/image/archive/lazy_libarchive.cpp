// SPDX-License-Identifier: MIT
// libarchive and the eleven libraries below it take 3 ms to load, and a pull in which
// nothing has changed reads no archive. So this file implements the functions that
// tar_reader.cpp calls, and opens the real library at the first of them, dlopen(3).
#include <archive.h>
#include <archive_entry.h>

#include <mutex>
#include <utility>

#include "base/lazy_library.hpp"

namespace {

// Returns the library's own function. Layers are unpacked by several threads.
template <typename Function>
Function* find(const char* name) {
  static std::mutex mutex;
  static zoomin::base::lazy_library library("libarchive.so.13", "libarchive13");
  const std::lock_guard lock(mutex);
  return library.find<Function>(name);
}

// Each lambda is of another type, so that each function is looked up once.
template <typename Function, typename Name, typename... Arguments>
auto call(Name name, Arguments... arguments) {
  static Function* const own = find<Function>(name());
  return own(arguments...);
}

}  // namespace

#define ZOOMIN_OWN(function, ...) \
  call<decltype(function)>([] { return #function; } __VA_OPT__(, ) __VA_ARGS__)

archive* archive_read_new() { return ZOOMIN_OWN(archive_read_new); }
int archive_read_free(archive* a) { return ZOOMIN_OWN(archive_read_free, a); }
const char* archive_error_string(archive* a) {
  return ZOOMIN_OWN(archive_error_string, a);
}
int archive_read_support_filter_bzip2(archive* a) {
  return ZOOMIN_OWN(archive_read_support_filter_bzip2, a);
}
int archive_read_support_filter_xz(archive* a) {
  return ZOOMIN_OWN(archive_read_support_filter_xz, a);
}
int archive_read_support_filter_zstd(archive* a) {
  return ZOOMIN_OWN(archive_read_support_filter_zstd, a);
}
int archive_read_support_format_empty(archive* a) {
  return ZOOMIN_OWN(archive_read_support_format_empty, a);
}
int archive_read_support_format_raw(archive* a) {
  return ZOOMIN_OWN(archive_read_support_format_raw, a);
}
int archive_read_support_format_tar(archive* a) {
  return ZOOMIN_OWN(archive_read_support_format_tar, a);
}
int archive_read_open(archive* a, void* data, archive_open_callback* open,
                      archive_read_callback* read, archive_close_callback* close) {
  return ZOOMIN_OWN(archive_read_open, a, data, open, read, close);
}
int archive_read_next_header(archive* a, archive_entry** entry) {
  return ZOOMIN_OWN(archive_read_next_header, a, entry);
}
la_ssize_t archive_read_data(archive* a, void* into, size_t size) {
  return ZOOMIN_OWN(archive_read_data, a, into, size);
}
int archive_read_data_block(archive* a, const void** block, size_t* size,
                            la_int64_t* offset) {
  return ZOOMIN_OWN(archive_read_data_block, a, block, size, offset);
}

const char* archive_entry_pathname(archive_entry* e) {
  return ZOOMIN_OWN(archive_entry_pathname, e);
}
const char* archive_entry_symlink(archive_entry* e) {
  return ZOOMIN_OWN(archive_entry_symlink, e);
}
const char* archive_entry_hardlink(archive_entry* e) {
  return ZOOMIN_OWN(archive_entry_hardlink, e);
}
mode_t archive_entry_mode(archive_entry* e) { return ZOOMIN_OWN(archive_entry_mode, e); }
la_int64_t archive_entry_uid(archive_entry* e) {
  return ZOOMIN_OWN(archive_entry_uid, e);
}
la_int64_t archive_entry_gid(archive_entry* e) {
  return ZOOMIN_OWN(archive_entry_gid, e);
}
time_t archive_entry_mtime(archive_entry* e) {
  return ZOOMIN_OWN(archive_entry_mtime, e);
}
long archive_entry_mtime_nsec(archive_entry* e) {
  return ZOOMIN_OWN(archive_entry_mtime_nsec, e);
}
la_int64_t archive_entry_size(archive_entry* e) {
  return ZOOMIN_OWN(archive_entry_size, e);
}
dev_t archive_entry_rdev(archive_entry* e) { return ZOOMIN_OWN(archive_entry_rdev, e); }
int archive_entry_xattr_reset(archive_entry* e) {
  return ZOOMIN_OWN(archive_entry_xattr_reset, e);
}
int archive_entry_xattr_next(archive_entry* e, const char** name, const void** value,
                             size_t* size) {
  return ZOOMIN_OWN(archive_entry_xattr_next, e, name, value, size);
}
