// SPDX-License-Identifier: MIT
#include "05-overlay/writable.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <filesystem>
#include <set>
#include <utility>

#include "common/mount_point.hpp"
#include "common/narration.hpp"
#include "common/paths.hpp"
#include "common/remove_tree.hpp"
#include "common/sys.hpp"

namespace zoomin::overlay {

using namespace sys;

namespace {

namespace fs = std::filesystem;

constexpr int max_attempts = 20;

struct stat status_of(const std::string& path) {
  struct stat info {};
  check("stat", path, [&] { return ::stat(path.c_str(), &info); });
  return info;
}

void make_once(const why& reason, const std::string& directory, mode_t mode) {
  if (!exists(directory)) make_directory(reason, directory, mode);
}

// Makes the upper directory, which becomes the container's /, with the owner and mode of
// the topmost layer.
void make_upper(const std::string& upper, const std::string& topmost_layer) {
  // Task 5.3 begins.
  mkdir({"scratch.upper"_id, "for all its changes"}, upper);
  const auto like = status_of(topmost_layer);
  check("chown", upper,
        [&] { return ::lchown(upper.c_str(), like.st_uid, like.st_gid); });
  check("chmod", upper, [&] { return ::chmod(upper.c_str(), like.st_mode & 07777); });
  // Task 5.3 ends.
}

// Removes writable layers whose owner was killed: nobody holds their lock.
void remove_stale(const std::string& scratch) {
  // Task 5.3 begins.
  for (const auto& name : list_directory(scratch)) {
    const std::string stale = scratch + "/" + name;
    const auto lock = open_if_exists(stale, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!lock || !try_lock(lock->get())) continue;
    sys::remove_tree_or_warn(stale);
  }
  // Task 5.3 ends.
}

// Makes a new directory and locks it. Tries again if another program's remove_stale()
// removes it in between.
std::pair<std::string, unique_fd> make_scratch(const std::string& scratch,
                                               const std::string& name) {
  std::string directory = scratch + "/" + name;
  for (int attempt = 1; attempt <= max_attempts; ++attempt) {
    if (make_directory({"scratch"_id, "its own writable layer"}, directory, 0700)) {
      auto lock = open_if_exists(directory, O_RDONLY | O_DIRECTORY);
      struct stat info {};
      if (lock && try_lock(lock->get()) && ::fstat(lock->get(), &info) == 0 &&
          info.st_nlink > 0)
        return {directory, std::move(*lock)};
    }
    directory = fmt::format("{}/{}-{}", scratch, name, attempt);
  }
  throw error(EEXIST, "mkdir", scratch + "/" + name);
}

}  // namespace

bool can_be_upper(const std::string& directory) {
  constexpr long cifs = 0xff534d42, smb2 = 0xfe534d42, fuse = 0x65735546;
  static const std::set<long> unfit{OVERLAYFS_SUPER_MAGIC,
                                    NFS_SUPER_MAGIC,
                                    V9FS_MAGIC,
                                    MSDOS_SUPER_MAGIC,
                                    cifs,
                                    smb2,
                                    SMB_SUPER_MAGIC,
                                    fuse};
  struct statfs info {};
  check("statfs", directory, [&] { return ::statfs(directory.c_str(), &info); });
  return !unfit.contains(static_cast<long>(info.f_type));
}

// Makes upper/, for all changes, and work/, for the kernel, on the same file system.
void make_upper_and_work(const std::string& directory, const std::string& topmost_layer) {
  if (exists(directory + "/upper")) return;
  // Task 5.3 begins.
  make_once({"scratch.work"_id, "the kernel's work directory"}, directory + "/work",
            0700);
  make_upper(directory + "/upper", topmost_layer);
  // Task 5.3 ends.
}

writable::writable(std::string directory, unique_fd lock, bool in_memory, bool kept)
    : directory_(std::move(directory)),
      lock_(std::move(lock)),
      in_memory_(in_memory),
      kept_(kept) {}

writable::~writable() {
  try {
    discard();
  } catch (const std::exception& failure) {
    narration::warn(failure.what());
  }
}

writable create(const std::string& name, const std::vector<std::string>& layers) {
  const std::string scratch = root_directory() + "/scratch";
  make_once({"scratch.root"_id, "for persistent state"}, root_directory(), 0700);
  make_once({"scratch.parent"_id, "for all writable layers"}, scratch, 0700);
  remove_stale(scratch);
  auto [directory, lock] = make_scratch(scratch, name);
  writable made(directory, std::move(lock), !can_be_upper(scratch), false);
  make_once({"scratch.merged"_id, "the mount point of the overlay"},
            directory + "/merged", 0700);
  if (made.in_memory()) {
    narration::note("an overlay can't write to " + scratch +
                    ": the writable layer is in memory, and counts as memory");
    make_once({"scratch.memory"_id, "the mount point of a tmpfs"}, directory + "/memory",
              0700);
  } else {
    make_upper_and_work(directory, layers.back());
  }
  return made;
}

namespace {

[[noreturn]] void refuse(const std::string& directory, const std::string& why,
                         const std::string& hint) {
  throw usage_error(fmt::format("the writable layer {}: {}", sys::quote(directory), why),
                    hint);
}

void require_file_system(const std::string& directory, bool was_there) {
  const std::string parent = fs::absolute(directory).lexically_normal().parent_path();
  if (!can_be_upper(was_there ? directory : parent))
    refuse(directory, "an overlay can't write to this file system",
           "use a local disk, or /run");
}

void require_contents(const std::string& directory) {
  if (!exists(directory + "/upper") && !fs::is_empty(directory))
    refuse(directory, "it has other contents", "expected an empty or a new directory");
}

}  // namespace

void validate_keep(const std::string& directory) {
  const bool was_there = exists(directory);
  require_file_system(directory, was_there);
  if (was_there) require_contents(directory);
}

writable keep(const std::string& directory, const std::vector<std::string>& layers) {
  const bool was_there = exists(directory);
  require_file_system(directory, was_there);
  const bool is_new =
      !was_there &&
      make_directory({"scratch.kept"_id, "the writable layer to keep"}, directory, 0700);
  auto lock = open(directory, O_RDONLY | O_DIRECTORY);
  if (!try_lock(lock.get()))
    refuse(directory, "another container uses it", "wait until that ends");
  if (!is_new) require_contents(directory);
  writable made(fs::canonical(directory), std::move(lock), false, true);
  make_upper_and_work(made.directory(), layers.back());
  make_once({"scratch.merged"_id, "the mount point of the overlay"},
            made.directory() + "/merged", 0700);
  return made;
}

void writable::take_descriptor(std::vector<unique_fd>& descriptors) {
  if (!in_memory_ || descriptors.empty()) return;
  memory_ = std::move(descriptors.back());
  descriptors.pop_back();
}

std::vector<change> writable::changes(const std::vector<std::string>& layers) const {
  const std::vector<std::string> top_first(layers.rbegin(), layers.rend());
  const std::string upper =
      in_memory_ ? fmt::format("/proc/self/fd/{}", memory_.get()) : directory_ + "/upper";
  return compare(upper, top_first, list_on_disk);
}

void writable::discard() {
  if (!lock_) return;
  const unique_fd until_done = std::move(lock_);
  memory_.reset();
  // The overlay is mounted inside. It is on the host only if its mounts propagate.
  if (!kept_ && is_mount_point(directory_ + "/merged"))
    throw std::runtime_error(directory_ +
                             " is left behind: the container's mounts have propagated "
                             "to the host, since its mount tree wasn't private");
  // Task 5.3 begins.
  if (!kept_) sys::remove_tree({"discard"_id, "discard its changes"}, directory_);
  // Task 5.3 ends.
}

}  // namespace zoomin::overlay
