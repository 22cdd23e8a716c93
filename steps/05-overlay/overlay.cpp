// SPDX-License-Identifier: MIT
#include "05-overlay/overlay.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>
#include <utility>

#include "common/sys.hpp"

namespace zoomin::overlay {

using namespace sys;

namespace {

// mount(2) accepts one page of text, including the final 0.
constexpr std::size_t page = 4096;

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
  const std::vector<std::string> top_first(layers.rbegin(), layers.rend());
  std::vector<std::string> distinct;
  std::set<std::string> seen;
  for (const auto& layer : top_first)
    if (seen.insert(layer).second) distinct.push_back(layer);
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

std::string mount(const std::vector<std::string>& layers, const writable& top,
                  pid::gate& to_host) {
  std::string path = top.directory();
  const std::string merged = path + "/merged";
  if (top.in_memory()) {
    path += "/memory";
    sys::mount({"scratch.tmpfs"_id, "an overlay can't write to the disk"}, "tmpfs", path,
               "tmpfs", MS_NOSUID | MS_NODEV, "mode=700");
    make_upper_and_work(path, layers.back());
    // This descriptor keeps the tmpfs when its mount is gone.
    to_host.send_descriptor(open(path + "/upper", O_RDONLY | O_DIRECTORY).get());
  }
  mount_at(merged, layers, path);
  return merged;
}

void mount_at(const std::string& merged, const std::vector<std::string>& layers,
              const std::string& directory) {
  const auto distinct = each_once(layers);
  const std::string upper = directory + "/upper", work = directory + "/work";
  // Task 5.1 begins.
  const auto shape = fmt::format("{} read-only, 1 writable", distinct.size());
  const std::string plain = options_text(distinct, upper, work);
  if (plain.size() < page && std::ranges::all_of(distinct, needs_no_escape) &&
      needs_no_escape(directory))
    return mount_overlay(plain, merged, shape);
  auto directories = distinct;
  directories.insert(directories.end(), {upper, work});
  short_names opened(directories);
  const auto end = opened.names.end();
  mount_overlay(options_text({opened.names.begin(), end - 2}, *(end - 2), *(end - 1)),
                merged, shape);
  // Task 5.1 ends.
}

std::vector<std::string> validate(const std::vector<std::string>& layers) {
  if (layers.size() > max_layers)
    throw usage_error(
        fmt::format("{} layers: at most {} can be mounted", layers.size(), max_layers),
        "merge some into one directory");
  std::vector<std::string> result;
  std::set<std::pair<dev_t, ino_t>> seen;
  for (const auto& layer : layers) {
    struct stat info {};
    const auto refuse = [&](const std::string& why, const std::string& hint) {
      throw usage_error(fmt::format("--layer {}: {}", sys::quote(layer), why), hint);
    };
    if (::stat(layer.c_str(), &info) != 0)
      refuse(std::strerror(errno), "expected directories, the lowest layer first");
    if (!S_ISDIR(info.st_mode)) refuse("not a directory", "unpack the layer first");
    if (!seen.emplace(info.st_dev, info.st_ino).second)
      refuse("it is named twice", "name each layer once, the lowest first");
    result.push_back(std::filesystem::canonical(layer));
  }
  return result;
}

}  // namespace zoomin::overlay
