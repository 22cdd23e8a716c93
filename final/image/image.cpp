// SPDX-License-Identifier: MIT
#include "image/image.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/events.hpp"
#include "common/error.hpp"
#include "common/sys.hpp"
#include "image/gc.hpp"
#include "image/reference.hpp"
#include "image/resolve.hpp"
#include "image/store.hpp"

namespace zoomin::image {

namespace {

std::uint64_t size_of(const configuration& config) {
  std::uint64_t sum = 0;
  for (const auto& id : config.diff_ids) sum += layer_size(id);
  return sum;
}

// Returns the entries to remove: one name of the image, or all names if `reference` is
// its id.
std::vector<descriptor> entries_to_remove(const std::vector<descriptor>& entries,
                                          const stored_image& image,
                                          const std::string& reference, bool force) {
  if (by_name(entries, reference) != nullptr) return {image.entry};
  if (auto same = by_digest(entries, reference); !same.empty()) return same;
  std::vector<descriptor> descriptors;
  for (const auto& each : readable(entries))
    if (each.id() == image.id()) descriptors.push_back(each.entry);
  if (descriptors.size() > 1 && !force)
    throw usage_error(failure_kind::conflict,
                      fmt::format("image {} has several names", reference),
                      "remove each name, or all with --force");
  return descriptors;
}

summary summary_of(const stored_image& image) {
  const auto config = read_configuration(image);
  const auto pulled = parse_digested(image.entry.pulled);
  auto name = image.entry.name.empty() ? reference{} : parse_reference(image.entry.name);
  if (pulled && image.entry.name.empty()) name.repository = pulled->repository;
  const bool is_pulled = pulled && pulled->repository == name.repository;
  return {image.id(),
          name.repository,
          name.tag,
          is_pulled ? pulled->digest : image.entry.digest,
          parse_time(config.created),
          size_of(config)};
}

// Returns the layers of an image, given by its whole id, or nothing if its configuration
// is damaged.
std::vector<std::string> layers_or_none(const std::string& id) try {
  return read_configuration({{"", id, 0}, {{"", id, 0}, {}}}).diff_ids;
} catch (const usage_error&) {
  return {};
}

// Finds a damaged image by its name or digest, for --force.
std::optional<descriptor> damaged_entry(const std::vector<descriptor>& entries,
                                        const std::string& reference) {
  const auto* entry = by_name(entries, reference);
  if (entry == nullptr) {
    const auto found = std::ranges::find(entries, reference, &descriptor::digest);
    if (found == entries.end()) return std::nullopt;
    entry = &*found;
  }
  try {
    read_image(*entry);
    return std::nullopt;
  } catch (const usage_error&) {
    return *entry;
  }
}

void erase_entry(std::vector<descriptor>& entries, const descriptor& entry) {
  std::erase_if(entries, [&](const descriptor& each) {
    return each.name == entry.name && each.digest == entry.digest;
  });
}

removal remove_damaged(std::vector<descriptor> entries, const descriptor& damaged) {
  erase_entry(entries, damaged);
  write_shorter_index(entries);
  const std::string& name = damaged.name.empty() ? damaged.digest : damaged.name;
  base::emit({"image", "untag", damaged.digest, {{"name", name}}});
  return {{name}, collect_garbage()};
}

}  // namespace

unique_fd hold() {
  make_store();
  return lock_use(false);
}

resolved_image find(const std::string& reference) {
  const stored_image image = resolve(read_index(), reference);
  const auto config = read_configuration(image);
  resolved_image result{image.id(), reference, {}, config.text};
  for (const auto& id : config.diff_ids) {
    result.layers.push_back(layer_tree(id));
    if (!sys::exists(result.layers.back()))
      throw usage_error(failure_kind::damaged,
                        fmt::format("image {} has lost its layer {}", reference, id),
                        "load the image again");
  }
  return result;
}

std::vector<summary> list(const std::function<void(const usage_error&)>& on_damage) {
  std::vector<summary> summaries;
  for (const auto& image : readable(read_index(), on_damage)) {
    try {
      summaries.push_back(summary_of(image));
    } catch (const usage_error& damaged) {
      if (on_damage) on_damage(damaged);
    }
  }
  std::ranges::stable_sort(summaries, std::greater{}, &summary::created);
  return summaries;
}

std::uint64_t stored_bytes() {
  std::uint64_t bytes = 0;
  for (const auto& name : sys::list_directory(layers_directory()))
    if (!name.starts_with('.')) bytes += layer_size("sha256:" + name);
  return bytes;
}

std::set<std::string> ids() {
  std::set<std::string> result;
  for (const auto& image : readable(read_index())) result.insert(image.id());
  return result;
}

std::uint64_t size_bytes(const std::set<std::string>& ids) {
  std::set<std::string> layers;
  for (const auto& id : ids)
    for (auto& layer : layers_or_none(id)) layers.insert(std::move(layer));
  std::uint64_t sum = 0;
  for (const auto& layer : layers) sum += layer_size(layer);
  return sum;
}

std::string top_first(const std::vector<std::string>& layers) {
  std::string result;
  for (const auto& layer : layers) result = layer + (result.empty() ? "" : ":") + result;
  return result;
}

std::vector<step> history(const std::string& reference) {
  const stored_image image = resolve(read_index(), reference);
  const auto config = read_configuration(image);
  std::vector<step> steps;
  std::size_t layer = 0;
  const auto next_layer = [&](step& to) {
    if (layer == config.diff_ids.size()) return;
    to.layer = config.diff_ids[layer++];
    to.size_bytes = layer_size(to.layer);
  };
  for (const auto& entry : config.history) {
    steps.push_back({"", parse_time(entry.created), entry.created_by, 0, entry.comment});
    if (!entry.empty_layer) next_layer(steps.back());
  }
  while (layer < config.diff_ids.size()) {  // layers without a history entry
    steps.push_back({"", parse_time(config.created), "", 0, ""});
    next_layer(steps.back());
  }
  std::ranges::reverse(steps);
  if (!steps.empty()) steps.front().id = image.id();
  return steps;
}

std::map<std::string, names_and_ids> layer_users() {
  std::map<std::string, names_and_ids> users;
  for (const auto& image : readable(read_index())) {
    const auto name = image.entry.name.empty() ? image.id() : image.entry.name;
    for (const auto& layer : layers_or_none(image.id())) users[layer][name] = image.id();
  }
  return users;
}

void tag(const std::string& reference, const std::string& name) {
  const std::string full_name = parse_reference(name).text();
  const unique_fd use = hold();
  const unique_fd lock = lock_index();
  auto entries = read_index();
  descriptor named = resolve(entries, reference).entry;
  named.name = full_name;
  give_name(entries, named);
  write_index(entries);
  base::emit({"image", "tag", read_image(named).id(), {{"name", full_name}}});
}

removal remove(const std::string& reference, bool force,
               const std::function<std::set<std::string>()>& used) {
  make_store();
  const unique_fd use = lock_use(true);
  const unique_fd lock = lock_index();
  const auto entries = read_index();
  if (force)
    if (const auto damaged = damaged_entry(entries, reference))
      return remove_damaged(entries, *damaged);
  const stored_image image = resolve(entries, reference);
  removal result;
  std::vector<descriptor> rest = entries;
  for (const auto& entry : entries_to_remove(entries, image, reference, force)) {
    erase_entry(rest, entry);
    const auto& name = entry.name.empty() ? entry.pulled : entry.name;
    if (!name.empty()) result.untagged.push_back(name);
  }
  const bool last = std::ranges::none_of(
      readable(rest), [&](const stored_image& each) { return each.id() == image.id(); });
  const bool in_use = last && used().contains(image.id());
  if (in_use) {
    if (!force)
      throw usage_error(failure_kind::conflict,
                        fmt::format("image {} is used by a container", reference),
                        "remove the container first, or only the name with --force");
    rest.push_back(image.entry);
    rest.back().name.clear();
  }
  write_shorter_index(rest);
  for (const auto& name : result.untagged)
    base::emit({"image", "untag", image.id(), {{"name", name}}});
  if (!last || in_use) return result;
  result.deleted = collect_garbage();
  result.deleted.insert(result.deleted.begin(), image.id());
  base::emit({"image", "delete", image.id(), {{"name", image.id()}}});
  return result;
}

}  // namespace zoomin::image
