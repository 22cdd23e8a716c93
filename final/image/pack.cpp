// SPDX-License-Identifier: MIT
#include "image/pack.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "common/sys.hpp"
#include "image/archive.hpp"
#include "image/tree.hpp"
#include "image/writer.hpp"

namespace zoomin::image {

namespace {

constexpr std::size_t piece_bytes = 256UL << 10;

void give_content(const std::string& path, const archive_writer::sink& to) {
  const unique_fd file = sys::open(path, O_RDONLY | O_NOFOLLOW);
  std::vector<char> piece(piece_bytes);
  while (const auto got = sys::check("read", path, [&] {
           return ::read(file.get(), piece.data(), piece.size());
         }))
    to({piece.data(), static_cast<std::size_t>(got)});
}

void pack_all(const std::string& directory, const std::string& as, archive_writer& to) {
  auto names = sys::list_directory(directory);
  std::ranges::sort(names);
  for (const auto& name : names) {
    const std::string path = directory + "/" + name, its = as + name;
    struct stat is {};
    sys::check("lstat", path, [&] { return ::lstat(path.c_str(), &is); });
    if (S_ISSOCK(is.st_mode)) continue;  // tar(5) knows none
    to.add_as_it_is(S_ISDIR(is.st_mode) ? its + "/" : its, is,
                    S_ISLNK(is.st_mode) ? sys::read_link(path) : "",
                    [&](const archive_writer::sink& sink) { give_content(path, sink); });
    if (S_ISDIR(is.st_mode)) pack_all(path, its + "/", to);
  }
}

}  // namespace

void pack(const std::string& directory, int to) {
  archive_writer archive(to);
  pack_all(directory, "", archive);
  archive.finish();
}

void unpack(int from, const std::string& directory) {
  archive_reader archive(from, "the archive");
  tree into(directory, false);
  while (const auto one = archive.next()) into.add(*one, archive);
  into.finish();
}

}  // namespace zoomin::image
