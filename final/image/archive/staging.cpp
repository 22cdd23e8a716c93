// SPDX-License-Identifier: MIT
#include "image/archive/staging.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <array>

#include "common/error.hpp"
#include "common/sys.hpp"
#include "image/store.hpp"

namespace zoomin::image {

// Creates and locks the directory. If another command removes it as a leftover before it
// is locked, creates a new one.
staging::staging() {
  while (!lock_) {
    directory_ = images_directory() + "/.new-XXXXXX";
    if (::mkdtemp(directory_.data()) == nullptr)
      throw sys::error(errno, "mkdtemp", images_directory());
    auto made = sys::open_if_exists(directory_, O_RDONLY | O_DIRECTORY);
    if (made && sys::try_lock(made->get()) && sys::exists(directory_))
      lock_ = std::move(*made);
  }
}

staging::~staging() {
  try {
    sys::remove_tree(sys::quiet, directory_);
  } catch (const sys::error&) {  // collect_garbage() removes it later
  }
}

staged staging::add(const std::function<void(const sink&)>& fill) {
  // The processes of a build's stages share the directory.
  staged file{fmt::format("{}/{}-{}", directory_, ::getpid(), files_++), "", 0};
  const unique_fd output = sys::open(file.path, O_WRONLY | O_CREAT | O_EXCL, 0600);
  digester digest;
  fill([&](std::span<const char> bytes) {
    digest.add(bytes);
    while (!bytes.empty())
      bytes = bytes.subspan(static_cast<std::size_t>(sys::check("write", file.path, [&] {
        return ::write(output.get(), bytes.data(), bytes.size());
      })));
  });
  file.size = digest.size();
  file.digest = digest.finish();
  return file;
}

staged staging::add_text(std::string_view text) {
  return add([&](const sink& to) { to(text); });
}

void staging::keep(const staged& file) {
  const std::string path = blob_path(file.digest);
  sys::check("rename", path, [&] { return ::rename(file.path.c_str(), path.c_str()); });
}

compression compression_of(const staged& file) {
  const unique_fd input = sys::open(file.path, O_RDONLY);
  std::array<char, 5> first{};
  sys::check("read", file.path,
             [&] { return ::read(input.get(), first.data(), first.size()); });
  const std::string_view begin(first.data(), first.size());
  if (begin.starts_with("\x1f\x8b")) return compression::gzip;
  if (begin.starts_with("\x28\xb5\x2f\xfd")) return compression::zstd;
  const bool other = begin == "\xfd\x37zXZ" || begin.starts_with("BZh");
  return other ? compression::other : compression::none;
}

std::string layer_type(const staged& layer) {
  const std::string plain = "application/vnd.oci.image.layer.v1.tar";
  switch (compression_of(layer)) {
    case compression::none:
      return plain;
    case compression::gzip:
      return plain + "+gzip";
    case compression::zstd:
      return plain + "+zstd";
    case compression::other:
      break;
  }
  throw usage_error(
      "a layer is compressed by xz or bzip2, for which the OCI has no media type",
      "compress it by gzip or zstd");
}

}  // namespace zoomin::image
