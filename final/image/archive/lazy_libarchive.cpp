// SPDX-License-Identifier: MIT
// libarchive and the eleven libraries below it take 3 ms to load. A pull of an unchanged
// image and a build from the cache read no archive. So this file implements the functions
// that are called, and opens the real library at the first call, dlopen(3).
#include <archive.h>
#include <archive_entry.h>

#include <mutex>

#include "base/lazy_library.hpp"

namespace zoomin::image {

namespace {

// Returns the library's own function. Layers are unpacked by several threads.
template <typename Function>
Function* function_of_libarchive(const char* name) {
  static std::mutex mutex;
  static base::lazy_library library("libarchive.so.13", "libarchive13");
  const std::lock_guard lock(mutex);
  return library.find<Function>(name);
}

}  // namespace

}  // namespace zoomin::image

// Defines a function that finds the library's own at its first call.
#define ZOOMIN_LAZY(result, name, parameters, arguments)                 \
  result name parameters {                                               \
    static auto* const own =                                             \
        zoomin::image::function_of_libarchive<result parameters>(#name); \
    return own arguments;                                                \
  }

ZOOMIN_LAZY(const char*, archive_error_string, (archive * a), (a))
ZOOMIN_LAZY(int, archive_errno, (archive * a), (a))
ZOOMIN_LAZY(archive*, archive_read_new, (), ())
ZOOMIN_LAZY(int, archive_read_free, (archive * a), (a))
ZOOMIN_LAZY(int, archive_read_support_filter_bzip2, (archive * a), (a))
ZOOMIN_LAZY(int, archive_read_support_filter_xz, (archive * a), (a))
ZOOMIN_LAZY(int, archive_read_support_filter_zstd, (archive * a), (a))
ZOOMIN_LAZY(int, archive_read_support_format_empty, (archive * a), (a))
ZOOMIN_LAZY(int, archive_read_support_format_raw, (archive * a), (a))
ZOOMIN_LAZY(int, archive_read_support_format_tar, (archive * a), (a))
ZOOMIN_LAZY(int, archive_read_open,
            (archive * a, void* data, archive_open_callback* open,
             archive_read_callback* read, archive_close_callback* close),
            (a, data, open, read, close))
ZOOMIN_LAZY(int, archive_read_next_header, (archive * a, archive_entry** entry),
            (a, entry))
ZOOMIN_LAZY(la_ssize_t, archive_read_data, (archive * a, void* into, size_t size),
            (a, into, size))
ZOOMIN_LAZY(int, archive_read_data_block,
            (archive * a, const void** buff, size_t* size, la_int64_t* offset),
            (a, buff, size, offset))

ZOOMIN_LAZY(archive*, archive_write_new, (), ())
ZOOMIN_LAZY(int, archive_write_free, (archive * a), (a))
ZOOMIN_LAZY(int, archive_write_fail, (archive * a), (a))
ZOOMIN_LAZY(int, archive_write_close, (archive * a), (a))
ZOOMIN_LAZY(int, archive_write_set_format_pax, (archive * a), (a))
ZOOMIN_LAZY(int, archive_write_set_format_pax_restricted, (archive * a), (a))
ZOOMIN_LAZY(int, archive_write_set_format_option,
            (archive * a, const char* module, const char* option, const char* value),
            (a, module, option, value))
ZOOMIN_LAZY(int, archive_write_set_bytes_per_block, (archive * a, int bytes), (a, bytes))
ZOOMIN_LAZY(int, archive_write_set_bytes_in_last_block, (archive * a, int bytes),
            (a, bytes))
ZOOMIN_LAZY(int, archive_write_open,
            (archive * a, void* data, archive_open_callback* open,
             archive_write_callback* write, archive_close_callback* close),
            (a, data, open, write, close))
ZOOMIN_LAZY(int, archive_write_header, (archive * a, archive_entry* e), (a, e))
ZOOMIN_LAZY(la_ssize_t, archive_write_data, (archive * a, const void* bytes, size_t size),
            (a, bytes, size))

ZOOMIN_LAZY(archive_entry*, archive_entry_new, (), ())
ZOOMIN_LAZY(void, archive_entry_free, (archive_entry * e), (e))
ZOOMIN_LAZY(const char*, archive_entry_pathname, (archive_entry * e), (e))
ZOOMIN_LAZY(const char*, archive_entry_symlink, (archive_entry * e), (e))
ZOOMIN_LAZY(const char*, archive_entry_hardlink, (archive_entry * e), (e))
ZOOMIN_LAZY(mode_t, archive_entry_mode, (archive_entry * e), (e))
ZOOMIN_LAZY(la_int64_t, archive_entry_uid, (archive_entry * e), (e))
ZOOMIN_LAZY(la_int64_t, archive_entry_gid, (archive_entry * e), (e))
ZOOMIN_LAZY(time_t, archive_entry_mtime, (archive_entry * e), (e))
ZOOMIN_LAZY(long, archive_entry_mtime_nsec, (archive_entry * e), (e))
ZOOMIN_LAZY(la_int64_t, archive_entry_size, (archive_entry * e), (e))
ZOOMIN_LAZY(dev_t, archive_entry_rdev, (archive_entry * e), (e))
ZOOMIN_LAZY(int, archive_entry_xattr_reset, (archive_entry * e), (e))
ZOOMIN_LAZY(int, archive_entry_xattr_next,
            (archive_entry * e, const char** name, const void** value, size_t* size),
            (e, name, value, size))
ZOOMIN_LAZY(void, archive_entry_copy_stat, (archive_entry * e, const struct stat* from),
            (e, from))
ZOOMIN_LAZY(void, archive_entry_set_pathname, (archive_entry * e, const char* text),
            (e, text))
ZOOMIN_LAZY(void, archive_entry_set_symlink, (archive_entry * e, const char* text),
            (e, text))
ZOOMIN_LAZY(void, archive_entry_set_hardlink, (archive_entry * e, const char* text),
            (e, text))
ZOOMIN_LAZY(void, archive_entry_set_mode, (archive_entry * e, mode_t mode), (e, mode))
ZOOMIN_LAZY(void, archive_entry_set_size, (archive_entry * e, la_int64_t size), (e, size))
ZOOMIN_LAZY(void, archive_entry_set_ino, (archive_entry * e, la_int64_t number),
            (e, number))
ZOOMIN_LAZY(void, archive_entry_set_dev, (archive_entry * e, dev_t device), (e, device))
ZOOMIN_LAZY(void, archive_entry_set_nlink, (archive_entry * e, unsigned int count),
            (e, count))
ZOOMIN_LAZY(void, archive_entry_set_mtime, (archive_entry * e, time_t seconds, long ns),
            (e, seconds, ns))
ZOOMIN_LAZY(void, archive_entry_unset_atime, (archive_entry * e), (e))
ZOOMIN_LAZY(void, archive_entry_unset_ctime, (archive_entry * e), (e))
ZOOMIN_LAZY(void, archive_entry_unset_birthtime, (archive_entry * e), (e))
ZOOMIN_LAZY(void, archive_entry_sparse_add_entry,
            (archive_entry * e, la_int64_t offset, la_int64_t size), (e, offset, size))
ZOOMIN_LAZY(void, archive_entry_xattr_add_entry,
            (archive_entry * e, const char* name, const void* value, size_t size),
            (e, name, value, size))
