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
#include "common/narration.hpp"
#include "common/paths.hpp"
#include "common/sys.hpp"

namespace zoomin::overlay {

using namespace sys;

namespace {

namespace fs = std::filesystem;

// mount(2) takes one page of text, with its final 0.
constexpr std::size_t page = 4096;
constexpr int most_attempts = 20;

struct stat status_of(const std::string& path) {
  struct stat info {};
  check("stat", path, [&] { return ::stat(path.c_str(), &info); });
  return info;
}

std::string parent_of(const std::string& path) {
  return fs::absolute(path).lexically_normal().parent_path();
}

void make_once(const why& reason, const std::string& directory, mode_t mode) {
  if (!exists(directory)) make_directory(reason, directory, mode);
}

// The container's / is the upper directory's: it looks as the topmost layer's does.
void make_upper(const std::string& upper, const std::string& topmost_layer) {
  mkdir({"upper"_id, "what it writes will be here"}, upper);
  const auto like = status_of(topmost_layer);
  check("chown", upper,
        [&] { return ::lchown(upper.c_str(), like.st_uid, like.st_gid); });
  check("chmod", upper, [&] { return ::chmod(upper.c_str(), like.st_mode & 07777); });
}

// upper: what is written; work: the kernel's own, on the same file system; root: where
// the overlay is mounted.
void make_inside(const std::string& directory, const std::string& topmost_layer) {
  if (exists(directory + "/upper")) return;
  make_once({"work"_id, "the kernel's workbench"}, directory + "/work", 0700);
  make_upper(directory + "/upper", topmost_layer);
}

// Removes those whose owner has died: their lock is free.
void sweep(const std::string& scratch) {
  for (const auto& name : list_directory(scratch)) {
    const std::string stale = scratch + "/" + name;
    const auto lock = open_if_exists(stale, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!lock || !try_lock(lock->get())) continue;
    sys::remove_tree_or_warn(stale);
  }
}

// Makes a directory of its own, and locks it. A sweep that comes between takes it for a
// stale one, and it is made anew.
std::pair<std::string, unique_fd> make_scratch(const std::string& scratch,
                                               const std::string& name) {
  std::string directory = scratch + "/" + name;
  for (int attempt = 1; attempt <= most_attempts; ++attempt) {
    if (make_directory({"scratch"_id, "a writable layer of its own"}, directory, 0700)) {
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

// The layers as mount(2) takes them, topmost first: by their names where these fit, else
// by descriptors, which are short and have none of the characters that mean something.
std::string by_names(const std::vector<std::string>& layers) {
  return fmt::format("{}", fmt::join(layers.rbegin(), layers.rend(), ":"));
}

bool needs_no_escape(const std::string& name) {
  return name.find_first_of(":,\\") == std::string::npos;
}

// Opened until execve; the mount has its own hold on them.
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

// An overlay takes no directory twice: mount(2), ELOOP. Of a repeated layer only the
// upper occurrence counts: every entry, whiteout and opaque directory of the lower one
// is in the upper one too, and there it hides whatever the lower one would show or hide.
std::vector<std::string> each_once(const std::vector<std::string>& layers) {
  std::vector<std::string> distinct;
  std::set<std::string> met;
  for (auto layer = layers.rbegin(); layer != layers.rend(); ++layer)
    if (met.insert(*layer).second) distinct.push_back(*layer);
  std::ranges::reverse(distinct);
  return distinct;
}

// Some kernels have redirect_dir and metacopy on by default: a renamed directory, or a
// file whose mode was changed, would then be in the writable layer without its content,
// and changes() would not see what is there.
std::string text_of(const std::vector<std::string>& layers, const std::string& upper,
                    const std::string& work) {
  return fmt::format("lowerdir={},upperdir={},workdir={},redirect_dir=off,metacopy=off",
                     by_names(layers), upper, work);
}

void mount_with(const std::string& text, const std::string& on) try {
  sys::mount({"overlay"_id, "the layers, and one to write to on top"}, "overlay", on,
             "overlay", MS_NODEV, text);  // a layer may hold device nodes: not in force
} catch (const error& refused) {
  const char* hint = "";
  if (refused.number() == ENODEV) hint = "this kernel has no overlay: modprobe overlay";
  if (refused.number() == ELOOP)
    hint = "a layer lies within another, or holds the writable one";
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
  make_once({"root"_id, "what this project keeps"}, root_directory(), 0700);
  make_once({"scratches"_id, "all writable layers"}, scratch, 0700);
  sweep(scratch);
  auto [directory, lock] = make_scratch(scratch, name);
  writable made(directory, std::move(lock), !can_be_upper(scratch), false);
  make_once({"merged"_id, "where all layers will be seen as one"}, directory + "/merged",
            0700);
  if (made.in_memory()) {
    narration::note("no overlay can write to the files of " + scratch +
                    ": the writable layer is in memory, and counts as memory");
    make_once({"memory"_id, "where memory will be mounted"}, directory + "/memory", 0700);
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
  if (!can_be_upper(was_there ? directory : parent_of(directory)))
    refuse("an overlay can't write to this file system", "a local disk, or /run, can");
  const bool is_new =
      !was_there &&
      make_directory({"kept"_id, "the writable layer, to be kept"}, directory, 0700);
  auto lock = open(directory, O_RDONLY | O_DIRECTORY);
  if (!try_lock(lock.get())) refuse("another container has it", "wait for its end");
  if (!is_new && !exists(directory + "/upper") && !fs::is_empty(directory))
    refuse("it holds something else", "expected an empty or a new directory");
  writable made(fs::canonical(directory), std::move(lock), false, true);
  make_inside(made.directory(), layers.back());
  make_once({"merged"_id, "where all layers will be seen as one"},
            made.directory() + "/merged", 0700);
  return made;
}

std::string mount(const std::vector<std::string>& named, const writable& top,
                  pid::gate& door) {
  const auto layers = each_once(named);
  std::string path = top.directory();
  const std::string merged = path + "/merged";
  if (top.in_memory()) {
    path += "/memory";
    sys::mount({"memory.layer"_id, "no overlay can write to these files: memory instead"},
               "tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, "mode=700");
    make_inside(path, layers.back());
    // The tmpfs lives on with this descriptor, when its mount has gone.
    door.send_descriptor(open(path + "/upper", O_RDONLY | O_DIRECTORY).get());
  }
  const std::string plain = text_of(layers, path + "/upper", path + "/work");
  if (plain.size() < page && std::ranges::all_of(layers, needs_no_escape) &&
      needs_no_escape(path)) {
    mount_with(plain, merged);
    return merged;
  }
  auto result = layers;
  result.insert(result.end(), {path + "/upper", path + "/work"});
  short_names opened(result);
  const auto end = opened.names.end();
  mount_with(text_of({opened.names.begin(), end - 2}, *(end - 2), *(end - 1)), merged);
  return merged;
}

void writable::handed(std::vector<unique_fd>& descriptors) {
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
  if (!kept_)
    sys::remove_tree({"discard"_id, "what it wrote is thrown away"}, directory_);
}

std::vector<std::string> validate(const std::vector<std::string>& layers) {
  if (layers.size() > most_layers)
    throw usage_error(
        fmt::format("{} layers: at most {} can be mounted", layers.size(), most_layers),
        "put several into one directory");
  std::vector<std::string> result;
  std::set<std::pair<dev_t, ino_t>> met;
  for (const auto& layer : layers) {
    struct stat info {};
    const auto refuse = [&](const std::string& why, const std::string& hint) {
      throw usage_error(fmt::format("--layer {}: {}", sys::quote(layer), why), hint);
    };
    if (::stat(layer.c_str(), &info) != 0)
      refuse(std::strerror(errno), "expected directories, the lowest layer first");
    if (!S_ISDIR(info.st_mode)) refuse("not a directory", "a layer is an unpacked one");
    if (!met.emplace(info.st_dev, info.st_ino).second)
      refuse("it is named twice", "each layer once, the lowest first");
    result.push_back(fs::canonical(layer));
  }
  return result;
}

}  // namespace zoomin::overlay
