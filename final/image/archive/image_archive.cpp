// SPDX-License-Identifier: MIT
#include "image/archive/image_archive.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <vector>

#include "common/error.hpp"
#include "common/sys.hpp"
#include "image/archive/tar_reader.hpp"
#include "image/store.hpp"

namespace zoomin::image {

namespace {

constexpr std::size_t max_files = 10'000;

std::string joined(const std::vector<std::string>& parts) {
  std::string path;
  for (const auto& part : parts) path += (path.empty() ? "" : "/") + part;
  return path;
}

void append_parts(std::vector<std::string>& parts, const std::string& path) {
  for (std::size_t begin = 0; begin <= path.size();) {
    const auto end = std::min(path.find('/', begin), path.size());
    const std::string part = path.substr(begin, end - begin);
    if (part == ".." && !parts.empty())
      parts.pop_back();
    else if (!part.empty() && part != "." && part != "..")
      parts.push_back(part);
    begin = end + 1;
  }
}

std::string key_of(const std::string& path) {
  std::vector<std::string> at;
  append_parts(at, path);
  return joined(at);
}

}  // namespace

std::string joined_key(const std::string& link, const std::string& target) {
  std::vector<std::string> at;
  append_parts(at, link);
  if (!at.empty()) at.pop_back();
  append_parts(at, target);
  return joined(at);
}

image_archive::image_archive(int fd, const std::string& name, staging& files) {
  tar_reader reader(bytes_from(fd, name), name);
  while (const auto member = reader.next()) {
    const std::string key = key_of(member->path);
    if (member->hardlink) {
      links_[key] = key_of(*member->hardlink);
    } else if (S_ISLNK(member->mode)) {
      links_[key] = joined_key(member->path, member->symlink);
    } else if (S_ISREG(member->mode)) {
      files_[key] = files.add([&](const staging::sink& to) {
        reader.read([&](std::uint64_t, std::span<const char> bytes) { to(bytes); });
      });
    }
    if (files_.size() + links_.size() > max_files)
      throw usage_error(
          fmt::format("{}: not an image: it has more than {} files", name, max_files));
  }
  reader.finish();
}

const staged& image_archive::at(const std::string& key) const {
  const auto link = links_.find(key);
  const auto found = files_.find(link == links_.end() ? key : link->second);
  if (found == files_.end())
    throw usage_error(fmt::format("the archive has no file {}", sys::quote(key)));
  return found->second;
}

std::string image_archive::text(const std::string& key) const {
  const staged& file = at(key);
  if (file.size > largest_document)
    throw usage_error(fmt::format("the image's {} is too large", sys::quote(key)));
  return sys::read_stored(file.path);
}

std::string image_archive::document(const std::string& digest, std::uint64_t size) const {
  if (blob(digest, size).size > largest_document)
    throw usage_error(fmt::format("the image's document {} is too large", digest));
  return sys::read_stored(blob(digest, size).path);
}

const staged& image_archive::blob(const std::string& digest, std::uint64_t size) const {
  blob_path(digest);  // throws usage_error if the digest is invalid
  const staged& file = at("blobs/sha256/" + digest.substr(7));
  if (file.digest != digest)
    throw usage_error(
        fmt::format("the image's blob {} has the digest {}", digest, file.digest));
  if (file.size != size)
    throw usage_error(fmt::format("the image's blob {} has {} bytes, expected {}", digest,
                                  file.size, size));
  return file;
}

}  // namespace zoomin::image
