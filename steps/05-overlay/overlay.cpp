// SPDX-License-Identifier: MIT
#include "05-overlay/overlay.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <set>

#include "common/descent.hpp"
#include "common/mount_point.hpp"
#include "common/narration.hpp"
#include "common/paths.hpp"
#include "common/sys.hpp"

namespace zoomin::overlay {

using namespace sys;

namespace {

namespace fs = std::filesystem;

// mount(2) accepts one page of text, including the final 0.
constexpr std::size_t page = 4096;
constexpr int most_attempts = 20;

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

// Makes upper/, for all changes, and work/, for the kernel, on the same file system.
void make_inside(const std::string& directory, const std::string& topmost_layer) {
  if (exists(directory + "/upper")) return;
  // Task 5.3 begins.
  make_once({"scratch.work"_id, "the kernel's work directory"}, directory + "/work",
            0700);
  make_upper(directory + "/upper", topmost_layer);
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
  for (int attempt = 1; attempt <= most_attempts; ++attempt) {
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

// Returns the value of the option lowerdir, topmost layer first.
std::string lowerdir(const std::vector<std::string>& layers) {
  // Task 5.1 begins.
  return fmt::format("{}", fmt::join(layers.rbegin(), layers.rend(), ":"));
  // Task 5.1 ends.
}

bool needs_no_escape(const std::string& name) {
  return name.find_first_of(":,\\") == std::string::npos;
}

// Names directories by descriptors, which are short and have no special characters. They
// stay open until the mount is made.
class short_names {
 public:
  explicit short_names(const std::vector<std::string>& paths) {
    for (const auto& path : paths) held_.push_back(open(path, O_PATH | O_DIRECTORY));
    for (const auto& fd : held_)
      names.push_back(fmt::format("/proc/self/fd/{}", fd.get()));
  }
  std::vector<std::string> names;

 private:
  std::vector<unique_fd> held_;
};

// Removes repeated layers, since an overlay accepts no directory twice: mount(2), ELOOP.
// Only the upper occurrence counts: it has every entry, whiteout and opaque directory of
// the lower one, and hides whatever that would show or hide.
std::vector<std::string> each_once(const std::vector<std::string>& layers) {
  std::vector<std::string> distinct;
  std::set<std::string> met;
  for (auto layer = layers.rbegin(); layer != layers.rend(); ++layer)
    if (met.insert(*layer).second) distinct.push_back(*layer);
  std::ranges::reverse(distinct);
  return distinct;
}

// Returns the mount options. redirect_dir and metacopy, which some kernels enable by
// default, are off: with them a renamed directory, or a file whose mode was changed,
// would be in the writable layer without its content, and changes() couldn't list it.
std::string options_text(const std::vector<std::string>& layers, const std::string& upper,
                         const std::string& work) {
  // Task 5.1 begins.
  return fmt::format("lowerdir={},upperdir={},workdir={},redirect_dir=off,metacopy=off",
                     lowerdir(layers), upper, work);
  // Task 5.1 ends.
}

// MS_NODEV disables device nodes that a layer may contain.
void mount_overlay(const std::string& options, const std::string& on,
                   const std::string& shape) try {
  // Task 5.1 begins.
  sys::mount({"overlay"_id, "layers as one tree", shape}, "overlay", on, "overlay",
             MS_NODEV, options);
  // Task 5.1 ends.
} catch (const error& refused) {
  const char* hint = "";
  if (refused.number() == ENODEV)
    hint = "this kernel has no overlay; try modprobe overlay";
  if (refused.number() == ELOOP)
    hint = "a layer is inside another, or contains the writable layer";
  throw error(refused.number(), refused.call(), refused.object(), hint);
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
    make_inside(directory, layers.back());
  }
  return made;
}

writable keep(const std::string& directory, const std::vector<std::string>& layers) {
  const auto refuse = [&](const std::string& why, const std::string& hint) {
    throw usage_error(
        fmt::format("the writable layer {}: {}", sys::quote(directory), why), hint);
  };
  const bool was_there = exists(directory);
  const std::string parent = fs::absolute(directory).lexically_normal().parent_path();
  if (!can_be_upper(was_there ? directory : parent))
    refuse("an overlay can't write to this file system", "use a local disk, or /run");
  const bool is_new =
      !was_there &&
      make_directory({"scratch.kept"_id, "the writable layer to keep"}, directory, 0700);
  auto lock = open(directory, O_RDONLY | O_DIRECTORY);
  if (!try_lock(lock.get())) refuse("another container uses it", "wait until that ends");
  if (!is_new && !exists(directory + "/upper") && !fs::is_empty(directory))
    refuse("it has other contents", "expected an empty or a new directory");
  writable made(fs::canonical(directory), std::move(lock), false, true);
  make_inside(made.directory(), layers.back());
  make_once({"scratch.merged"_id, "the mount point of the overlay"},
            made.directory() + "/merged", 0700);
  return made;
}

std::string mount(const std::vector<std::string>& layers, const writable& top,
                  pid::gate& door) {
  std::string path = top.directory();
  const std::string merged = path + "/merged";
  if (top.in_memory()) {
    path += "/memory";
    sys::mount({"scratch.tmpfs"_id, "an overlay can't write to the disk"}, "tmpfs", path,
               "tmpfs", MS_NOSUID | MS_NODEV, "mode=700");
    make_inside(path, layers.back());
    // This descriptor keeps the tmpfs when its mount is gone.
    door.send_descriptor(open(path + "/upper", O_RDONLY | O_DIRECTORY).get());
  }
  mount_at(merged, layers, path);
  return merged;
}

void mount_at(const std::string& merged, const std::vector<std::string>& named,
              const std::string& path) {
  const auto layers = each_once(named);
  // Task 5.1 begins.
  const auto shape = fmt::format("{} read-only, 1 writable", layers.size());
  const std::string plain = options_text(layers, path + "/upper", path + "/work");
  if (plain.size() < page && std::ranges::all_of(layers, needs_no_escape) &&
      needs_no_escape(path))
    return mount_overlay(plain, merged, shape);
  auto directories = layers;
  directories.insert(directories.end(), {path + "/upper", path + "/work"});
  short_names opened(directories);
  const auto end = opened.names.end();
  mount_overlay(options_text({opened.names.begin(), end - 2}, *(end - 2), *(end - 1)),
                merged, shape);
  // Task 5.1 ends.
}

void writable::received(std::vector<unique_fd>& descriptors) {
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

std::vector<std::string> validate(const std::vector<std::string>& layers) {
  if (layers.size() > most_layers)
    throw usage_error(
        fmt::format("{} layers: at most {} can be mounted", layers.size(), most_layers),
        "merge some into one directory");
  std::vector<std::string> result;
  std::set<std::pair<dev_t, ino_t>> met;
  for (const auto& layer : layers) {
    struct stat info {};
    const auto refuse = [&](const std::string& why, const std::string& hint) {
      throw usage_error(fmt::format("--layer {}: {}", sys::quote(layer), why), hint);
    };
    if (::stat(layer.c_str(), &info) != 0)
      refuse(std::strerror(errno), "expected directories, the lowest layer first");
    if (!S_ISDIR(info.st_mode)) refuse("not a directory", "unpack the layer first");
    if (!met.emplace(info.st_dev, info.st_ino).second)
      refuse("it is named twice", "name each layer once, the lowest first");
    result.push_back(fs::canonical(layer));
  }
  return result;
}

}  // namespace zoomin::overlay
