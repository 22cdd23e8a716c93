// SPDX-License-Identifier: MIT
#include "image/archive/layer_writer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <utility>

#include "common/descent.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"
#include "image/archive/extract.hpp"

namespace zoomin::image {

namespace {

constexpr std::size_t piece_bytes = 256UL << 10;
// The least size of the holes of a file that is written as sparse. podman's
// containers/storage can't write a layer again that has a sparse file.
constexpr std::int64_t least_hole_bytes = 32 << 20;
constexpr std::size_t max_depth = 500;  // the limit of extract.hpp

std::string by_descriptor(int directory, const std::string& name) {
  return fmt::format("/proc/self/fd/{}/{}", directory, name);
}

bool is_whiteout(const struct stat& info) {
  return S_ISCHR(info.st_mode) && info.st_rdev == 0;
}

bool is_opaque(int directory) {
  char value = 0;
  return ::fgetxattr(directory, "trusted.overlay.opaque", &value, 1) == 1 && value == 'y';
}

// Returns the parts with data of a file with large holes, or nothing for any other file.
std::vector<std::pair<std::uint64_t, std::uint64_t>> data_of(int file,
                                                             const struct stat& info) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> parts;
  if (info.st_size - info.st_blocks * 512 < least_hole_bytes) return parts;
  off_t end = 0;
  for (off_t begin = 0; (begin = ::lseek(file, end, SEEK_DATA)) >= 0;) {
    end = ::lseek(file, begin, SEEK_HOLE);
    if (end <= begin) break;
    parts.emplace_back(begin, end - begin);
  }
  if (parts.empty()) parts.emplace_back(info.st_size, 0);  // only a hole
  ::lseek(file, 0, SEEK_SET);
  return parts;
}

class layer_packer {
 public:
  layer_packer(const layer_rules& rules, const tar_writer::sink& to)
      : archive_(to, tar_writer::form::layer), rules_(rules) {
    for (const auto& layer : rules.lower)
      lower_.push_back(sys::open(layer, O_PATH | O_DIRECTORY));
  }

  written_layer pack(unique_fd top) {
    add_entries(top.get(), "", 0);
    archive_.finish();
    return done_;
  }

 private:
  // Packs the directory's entries. `path` is its path in the layer, with a '/' at its
  // end, or empty for the top.
  void add_entries(int directory, const std::string& path, std::size_t depth) {
    if (depth > max_depth)
      throw usage_error(fmt::format(
          "{}...: a layer can't hold files that are more than {} directories deep",
          path.substr(0, 60), max_depth));
    std::vector<std::string> names;
    const unique_fd listed = open_for_listing(directory, path);
    sys::for_each_name(
        listed.get(), [&](const char* name, unsigned char) { names.emplace_back(name); });
    std::ranges::sort(names);
    for (const auto& name : names) add_entry(directory, name, path + name, depth);
  }

  static unique_fd open_for_listing(int directory, const std::string& path) {
    return unique_fd(sys::check("openat", path, [&] {
      return ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }));
  }

  void add_entry(int parent, const std::string& name, const std::string& path,
                 std::size_t depth) {
    struct stat info {};
    sys::check("fstatat", path, [&] {
      return ::fstatat(parent, name.c_str(), &info, AT_SYMLINK_NOFOLLOW);
    });
    if (S_ISSOCK(info.st_mode)) return;  // tar(5) can't store sockets
    if (name.starts_with(".wh."))
      throw usage_error(fmt::format("/{}: a layer can't hold this name", path),
                        "names that begin with .wh. mark removed files");
    if (is_mount_point(parent, name, path, info)) return;
    done_.empty = false;
    if (is_whiteout(info))
      return add_mark(path.substr(0, path.size() - name.size()) + ".wh." + name);
    limit_time(parent, name, info);
    if (S_ISDIR(info.st_mode)) return add_directory(parent, name, path, info, depth);
    add_file(parent, name, path, info);
  }

  // Returns true for an empty file or directory that was made only as a mount point.
  [[nodiscard]] bool is_mount_point(int parent, const std::string& name,
                                    const std::string& path,
                                    const struct stat& info) const {
    if (!rules_.left_out.contains("/" + path) || exists_below(path)) return false;
    if (S_ISREG(info.st_mode)) return info.st_size == 0;
    const unique_fd directory = sys::open_below(parent, name.c_str());
    bool empty = static_cast<bool>(directory);
    if (directory)
      sys::for_each_name(directory.get(),
                         [&](const char*, unsigned char) { empty = false; });
    return empty;
  }

  void limit_time(int parent, const std::string& name, struct stat& info) const {
    if (!rules_.newest || info.st_mtim.tv_sec < *rules_.newest) return;
    info.st_mtim = {*rules_.newest, 0};
    const timespec times[] = {info.st_mtim, info.st_mtim};
    ::utimensat(parent, name.c_str(), times, AT_SYMLINK_NOFOLLOW);
  }

  void add_mark(const std::string& path) {
    struct stat info {};
    info.st_mode = S_IFREG;
    archive_.add_with_attributes(path, info, {}, [](const tar_writer::sink&) {});
  }

  void add_directory(int parent, const std::string& name, const std::string& path,
                     const struct stat& info, std::size_t depth) {
    tar_writer::extras extras;
    extras.xattrs = xattrs_of(by_descriptor(parent, name));
    archive_.add_with_attributes(path + "/", info, extras,
                                 [](const tar_writer::sink&) {});
    const unique_fd below = sys::open_below(parent, name.c_str());
    if (!below) throw sys::error(errno, "openat", path);
    if (is_opaque(below.get()) && exists_below(path)) add_mark(path + "/.wh..wh..opq");
    add_entries(below.get(), path + "/", depth + 1);
  }

  // Returns true if a lower layer has the path. The kernel marks every new directory as
  // opaque, even if there is nothing to hide.
  [[nodiscard]] bool exists_below(const std::string& path) const {
    struct stat info {};
    return std::ranges::any_of(lower_, [&](const unique_fd& layer) {
      return ::fstatat(layer.get(), path.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0;
    });
  }

  void add_file(int parent, const std::string& name, const std::string& path,
                const struct stat& info) {
    tar_writer::extras extras;
    extras.hardlink = first_name(info, path);
    if (S_ISLNK(info.st_mode))
      extras.symlink = sys::read_link_at(parent, name).value_or("");
    if (extras.hardlink.empty()) extras.xattrs = xattrs_of(by_descriptor(parent, name));
    if (!S_ISREG(info.st_mode) || !extras.hardlink.empty())
      return archive_.add_with_attributes(path, info, extras,
                                          [](const tar_writer::sink&) {});
    const unique_fd file(sys::check("openat", path, [&] {
      return ::openat(parent, name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    }));
    extras.data = data_of(file.get(), info);
    done_.size_bytes += static_cast<std::uint64_t>(info.st_size);
    archive_.add_with_attributes(path, info, extras, [&](const tar_writer::sink& to) {
      while (const auto got = sys::check("read", path, [&] {
               return ::read(file.get(), piece_.data(), piece_.size());
             }))
        to({piece_.data(), static_cast<std::size_t>(got)});
    });
  }

  // Returns the name under which the file already is in the archive, or "".
  std::string first_name(const struct stat& info, const std::string& path) {
    if (info.st_nlink < 2) return {};
    const auto [at, is_new] = names_.try_emplace({info.st_dev, info.st_ino}, path);
    return is_new ? std::string() : at->second;
  }

  tar_writer archive_;
  const layer_rules& rules_;
  std::vector<unique_fd> lower_;
  std::map<std::pair<dev_t, ino_t>, std::string> names_;
  std::vector<char> piece_ = std::vector<char>(piece_bytes);
  written_layer done_;
};

}  // namespace

written_layer write_layer(const std::string& upper, const layer_rules& rules,
                          const tar_writer::sink& to) {
  return layer_packer(rules, to).pack(sys::open(upper, O_RDONLY | O_DIRECTORY));
}

}  // namespace zoomin::image
