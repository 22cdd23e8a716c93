// SPDX-License-Identifier: MIT
// Unpacks the archive of a layer into a directory. Nothing may be written outside of it.
#include <stdlib.h>

#include <filesystem>

#include "fuzz.hpp"
#include "image/archive/extract.hpp"

using namespace zoomin;
namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t max_bytes = 1UL << 20;

// A directory in which archives may only change the directory "tree".
class scratch {
 public:
  scratch() { fuzz::require(::mkdtemp(path_.data()) != nullptr); }
  scratch(const scratch&) = delete;
  scratch& operator=(const scratch&) = delete;
  ~scratch() { fs::remove_all(path_); }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_ = "/dev/shm/fuzz-XXXXXX";
};

image::byte_source source_of(const std::uint8_t* bytes, std::size_t size) {
  return [bytes, size, at = std::size_t{0}](std::span<char> into) mutable {
    const auto piece = std::min(into.size(), size - at);
    std::copy_n(bytes + at, piece, into.data());
    at += piece;
    return piece;
  };
}

void unpack(const std::uint8_t* bytes, std::size_t size, const std::string& tree) {
  image::digester digest;
  image::tar_reader reader(source_of(bytes, size), "archive", &digest, max_bytes);
  image::extractor files(tree);
  while (const auto member = reader.next()) files.add(*member, reader);
  files.finish();
  reader.finish();
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const scratch directory;
  const std::string tree = directory.path() + "/tree";
  fs::create_directory(tree);
  fuzz::accepts([&] {
    try {
      unpack(bytes, size, tree);
    } catch (const sys::error&) {  // the kernel refuses names that are too long
    }
  });
  fs::remove_all(tree);
  fuzz::require(fs::is_empty(directory.path()));
  return 0;
}
