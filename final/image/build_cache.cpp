// SPDX-License-Identifier: MIT
#include "image/build_cache.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/apparent_size.hpp"
#include "base/atomic_file.hpp"
#include "base/json.hpp"
#include "common/make_path.hpp"
#include "common/paths.hpp"
#include "common/remove_tree.hpp"
#include "common/sys.hpp"
#include "image/reference.hpp"

namespace zoomin::image {

using nlohmann::json;

namespace {

std::string steps_directory() { return root_directory() + "/cache/build/steps"; }

std::string path_of(const std::string& key) { return steps_directory() + "/" + key; }

bool is_key(const std::string& name) { return name.size() == 64 && is_hexadecimal(name); }

std::optional<cached_step> read_step(const std::string& key) try {
  const auto file = sys::open_if_exists(path_of(key), O_RDONLY);
  if (!file) return std::nullopt;
  struct stat info {};
  sys::check("fstat", key, [&] { return ::fstat(file->get(), &info); });
  const auto from =
      base::parse_own<json>(sys::read_all(file->get(), key), "the cached step");
  base::require_version(from.value("Version", 1), "the cached step");
  return cached_step{.key = key,
                     .created = from.at("Created"),
                     .instruction = from.at("Instruction"),
                     .blob = {from.at("MediaType"), from.at("Blob"), from.at("BlobSize")},
                     .diff_id = from.at("DiffID"),
                     .size_bytes = from.at("Size"),
                     .used = info.st_mtim.tv_sec};
} catch (const json::exception&) {
  return std::nullopt;
} catch (const usage_error&) {
  return std::nullopt;
}

}  // namespace

std::optional<cached_step> find_cached(const std::string& key) {
  auto step = read_step(key);
  if (!step) return std::nullopt;
  if (step->has_layer() && (!sys::exists(layer_tree(step->diff_id)) ||
                            !sys::exists(blob_path(step->blob.digest))))
    return std::nullopt;
  ::utimensat(AT_FDCWD, path_of(key).c_str(), nullptr, 0);
  return step;
}

void store_cached(const cached_step& step) {
  sys::make_path(steps_directory(), root_directory(), 0700);
  const unique_fd lock = sys::open(steps_directory(), O_RDONLY | O_DIRECTORY);
  sys::lock(lock.get());  // two builds may finish the same step
  const json text{{"Version", base::format_version}, {"Created", step.created},
                  {"Instruction", step.instruction}, {"MediaType", step.blob.media_type},
                  {"Blob", step.blob.digest},        {"BlobSize", step.blob.size},
                  {"DiffID", step.diff_id},          {"Size", step.size_bytes}};
  base::replace_file(path_of(step.key), base::json_text(text) + "\n", false);
}

std::vector<cached_step> cached_steps() {
  std::vector<cached_step> steps;
  if (!sys::exists(steps_directory())) return steps;
  for (const auto& name : sys::list_directory(steps_directory()))
    if (is_key(name))
      if (auto step = read_step(name)) steps.push_back(std::move(*step));
  return steps;
}

void remove_cached(const std::string& key) {
  if (is_key(key)) ::unlink(path_of(key).c_str());
}

std::string cache_mounts_directory() {
  const std::string directory = root_directory() + "/cache/build/mounts";
  sys::make_path(directory, root_directory(), 0700);
  return directory;
}

std::uint64_t remove_cache_mounts() {
  std::uint64_t bytes = 0;
  const std::string directory = root_directory() + "/cache/build/mounts";
  if (!sys::exists(directory)) return bytes;
  for (const auto& name : sys::list_directory(directory)) {
    const std::string path = directory + "/" + name;
    const auto held = sys::open_if_exists(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!held || !sys::try_lock(held->get())) continue;
    bytes += base::apparent_size_of(path);
    sys::remove_tree_or_warn(path);
  }
  return bytes;
}

}  // namespace zoomin::image
