// SPDX-License-Identifier: MIT
#include "image/archive/tar_directory.hpp"
#include "image/archive/byte_source.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "common/sys.hpp"
#include "image/archive/extract.hpp"
#include "image/archive/tar_reader.hpp"
#include "image/archive/tar_writer.hpp"

namespace zoomin::image {

namespace {

void write_content(const std::string& path, const tar_writer::sink& to) {
  const unique_fd file = sys::open(path, O_RDONLY | O_NOFOLLOW);
  each_piece(bytes_from(file.get(), path), to);
}

class packer {
 public:
  explicit packer(tar_writer& to) : to_(to) {}

  // Packs all files in the directory. `as` is its name in the archive with a '/' at its
  // end, or empty for the top.
  void add_entries(const std::string& directory, const std::string& as) {
    auto names = sys::list_directory(directory);
    std::ranges::sort(names);
    for (const auto& name : names) add_entry(directory + "/" + name, as + name);
  }

 private:
  void add_entry(const std::string& path, const std::string& as) {
    struct stat info {};
    sys::check("lstat", path, [&] { return ::lstat(path.c_str(), &info); });
    if (S_ISSOCK(info.st_mode)) return;  // tar(5) can't store sockets
    const bool directory = S_ISDIR(info.st_mode);
    tar_writer::extras extras;
    if (S_ISLNK(info.st_mode)) extras.symlink = sys::read_link(path);
    extras.hardlink = first_name(info, as);
    if (extras.hardlink.empty()) extras.xattrs = xattrs_of(path);
    to_.add_with_attributes(
        directory ? as + "/" : as, info, extras,
        [&](const tar_writer::sink& sink) { write_content(path, sink); });
    if (directory) add_entries(path, as + "/");
  }

  // Returns the name under which the file already is in the archive, or "".
  std::string first_name(const struct stat& info, const std::string& as) {
    if (S_ISDIR(info.st_mode) || info.st_nlink < 2) return {};
    const auto [at, is_new] = names_.try_emplace({info.st_dev, info.st_ino}, as);
    return is_new ? std::string() : at->second;
  }

  tar_writer& to_;
  std::map<std::pair<dev_t, ino_t>, std::string> names_;
};

}  // namespace

void write_tar_directory(const std::string& directory, int to) {
  tar_writer archive(to);
  packer(archive).add_entries(directory, "");
  archive.finish();
}

std::set<std::string> unpack(int from, const std::string& directory) {
  tar_reader archive(bytes_from(from, "the archive"), "the archive");
  extractor into(directory, false);
  while (const auto member = archive.next()) into.add(*member, archive);
  into.finish();
  return into.implied();
}

}  // namespace zoomin::image
