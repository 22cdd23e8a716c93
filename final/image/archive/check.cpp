// SPDX-License-Identifier: MIT
#include "image/archive/check.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <set>

#include "base/apparent_size.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"
#include "image/archive/byte_source.hpp"
#include "image/archive/digest.hpp"
#include "image/archive/tar_reader.hpp"
#include "image/build_cache.hpp"
#include "image/image.hpp"
#include "image/resolve.hpp"
#include "image/store.hpp"

namespace zoomin::image {

namespace {

class checker {
 public:
  check_result run() {
    for (const auto& entry : read_index()) check_entry(entry);
    for (const auto& step : cached_steps())
      if (step.has_layer()) check_layer("the build cache", step.blob, step.diff_id);
    return std::move(result_);
  }

 private:
  // Runs one check. A failure is noted as a problem of `owner`, and doesn't stop the
  // other checks.
  template <typename Work>
  void note_failure(const std::string& owner, Work&& do_check) {
    try {
      do_check();
    } catch (const usage_error& damaged) {
      result_.problems.push_back(fmt::format("{}: {}", owner, damaged.what()));
    } catch (const sys::error& failure) {
      result_.problems.push_back(fmt::format("{}: {}", owner, failure.what()));
    }
  }

  void check_entry(const descriptor& entry) {
    const std::string name = entry.name.empty() ? entry.digest : entry.name;
    note_failure(name, [&] {
      const stored_image image = read_image(entry);
      const auto config = read_configuration(image);
      if (!images_.insert(image.id()).second) return;
      ++result_.images;
      check_blob(name, entry);
      check_blob(name, image.documents.config);
      if (config.diff_ids.size() != image.documents.layers.size())
        throw usage_error(
            fmt::format("the configuration has {} layers, the manifest has {}",
                        config.diff_ids.size(), image.documents.layers.size()));
      for (std::size_t i = 0; i < config.diff_ids.size(); ++i)
        check_layer(name, image.documents.layers[i], config.diff_ids[i]);
    });
  }

  void check_blob(const std::string& owner, const descriptor& blob) {
    if (!blobs_.insert(blob.digest).second) return;
    ++result_.blobs;
    note_failure(owner, [&] {
      const std::string path = blob_path(blob.digest);
      const unique_fd file = sys::open(path, O_RDONLY | O_NOFOLLOW);
      digester digest;
      each_piece(bytes_from(file.get(), path),
                 [&](std::span<const char> piece) { digest.add(piece); });
      require_equal("blob", digest.finish(), blob.digest);
    });
  }

  void check_layer(const std::string& owner, const descriptor& blob,
                   const std::string& diff_id) {
    check_blob(owner, blob);
    if (!layers_.insert(diff_id).second) return;
    ++result_.layers;
    note_failure(owner, [&] {
      const std::string path = blob_path(blob.digest);
      const unique_fd file = sys::open(path, O_RDONLY | O_NOFOLLOW);
      digester digest;
      tar_reader archive(bytes_from(file.get(), path), path, &digest);
      archive.finish();
      require_equal("layer", digest.finish(), diff_id);
      if (!sys::exists(layer_tree(diff_id)))
        throw usage_error(fmt::format("the unpacked layer {} is missing", diff_id));
      const auto size = base::apparent_size_of(layer_tree(diff_id));
      if (size > layer_size(diff_id))
        throw usage_error(fmt::format("the unpacked layer {} has {} bytes, expected {}",
                                      diff_id, size, layer_size(diff_id)));
    });
  }

  static void require_equal(const char* kind, const std::string& actual,
                            const std::string& expected) {
    if (actual != expected)
      throw usage_error(
          fmt::format("the {}'s digest is {}, expected {}", kind, actual, expected));
  }

  check_result result_;
  std::set<std::string> images_, blobs_, layers_;
};

}  // namespace

check_result check_store() {
  const unique_fd use = hold();
  return checker().run();
}

}  // namespace zoomin::image
