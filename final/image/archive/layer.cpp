// SPDX-License-Identifier: MIT
#include "image/archive/layer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/atomic_file.hpp"
#include "common/error.hpp"
#include "common/paths.hpp"
#include "common/sys.hpp"
#include "image/archive/extract.hpp"
#include "image/archive/tar_reader.hpp"
#include "image/store.hpp"

namespace zoomin::image {

namespace {

// Owns the directory layers/.new-XXXXXX until it is published.
class fresh_layer {
 public:
  fresh_layer() : path_(layers_directory() + "/.new-XXXXXX") {
    if (::mkdtemp(path_.data()) == nullptr)
      throw sys::error(errno, "mkdtemp", layers_directory());
    sys::mkdir(sys::quiet, tree_path(), 0755);
    sys::check("chmod", tree_path(), [&] { return ::chmod(tree_path().c_str(), 0755); });
  }
  fresh_layer(const fresh_layer&) = delete;
  fresh_layer& operator=(const fresh_layer&) = delete;
  ~fresh_layer() {
    try {
      if (!path_.empty()) sys::remove_tree(sys::quiet, path_);
    } catch (const sys::error&) {  // collect_garbage() removes it later
    }
  }
  [[nodiscard]] std::string tree_path() const { return path_ + "/tree"; }

  void publish(const std::string& diff_id, std::uint64_t size) {
    if (publish_layer(path_, diff_id, size)) path_.clear();
  }

 private:
  std::string path_;
};

void require_digest(const std::string& name, const std::string& actual,
                    const std::string& expected) {
  if (actual != expected)
    throw usage_error(
        fmt::format("{}: the digest is {}, expected {}", name, actual, expected));
}

}  // namespace

unique_fd open_layer_lock(const std::string& diff_id) {
  const std::string directory = run_directory() + "/layers";
  sys::make_directory(sys::quiet, run_directory(), 0700);
  sys::make_directory(sys::quiet, directory, 0700);
  return sys::open(directory + "/" + diff_id.substr(7) + ".lock", O_RDONLY | O_CREAT,
                   0600);
}

bool publish_layer(const std::string& directory, const std::string& diff_id,
                   std::uint64_t size) {
  base::replace_file(directory + "/size", fmt::format("{}\n", size), true);
  if (::rename(directory.c_str(), layer_directory(diff_id).c_str()) == 0) return true;
  if (errno != EEXIST && errno != ENOTEMPTY)
    throw sys::error(errno, "rename", layer_directory(diff_id));
  return false;
}

std::string unpack_layer(const byte_source& source, const std::string& name,
                         const std::string& expected, std::uint64_t max_bytes) {
  digester digest;
  tar_reader reader(source, name, &digest, max_bytes);
  if (!expected.empty() && sys::exists(layer_tree(expected))) {
    reader.finish();
    require_digest(name, digest.finish(), expected);
    return expected;
  }
  fresh_layer fresh;
  extractor files(fresh.tree_path());
  while (const auto member = reader.next()) files.add(*member, reader);
  files.finish();
  reader.finish();
  const std::string diff_id = digest.finish();
  if (!expected.empty()) require_digest(name, diff_id, expected);
  fresh.publish(diff_id, files.size_bytes());
  return diff_id;
}

std::string unpack_layer(int fd, const std::string& name, const std::string& expected) {
  unique_fd lock;
  if (!expected.empty()) {
    lock = open_layer_lock(expected);
    sys::lock(lock.get());
  }
  return unpack_layer(bytes_from(fd, name), name, expected);
}

}  // namespace zoomin::image
