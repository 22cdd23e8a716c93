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

// The entries that go: one name of the image, or all where it was meant by its id.
std::vector<descriptor> chosen(const std::vector<descriptor>& entries, const kept& one,
                               const std::string& reference, bool force) {
  if (by_name(entries, reference) != nullptr) return {one.entry};
  if (auto same = by_digest(entries, reference); !same.empty()) return same;
  std::vector<descriptor> all;
  for (const auto& each : readable(entries))
    if (each.id() == one.id()) all.push_back(each.entry);
  if (all.size() > 1 && !force)
    throw usage_error(failure_kind::conflict,
                      fmt::format("image {} has several names", reference),
                      "remove it by each of them, or with --force");
  return all;
}

summary summary_of(const kept& one) {
  const auto config = read_configuration(one);
  const auto name =
      one.entry.name.empty() ? reference{} : parse_reference(one.entry.name);
  return {one.id(),
          name.repository,
          name.tag,
          one.entry.digest,
          parse_time(config.created),
          size_of(config)};
}

// Returns the layers of an image (by its whole id); none where its configuration is
// damaged.
std::vector<std::string> layers_or_none(const std::string& id) try {
  return read_configuration({{"", id, 0}, {{"", id, 0}, {}}}).diff_ids;
} catch (const usage_error&) {
  return {};
}

// Finds the damaged image that --force removes: nothing but its name or id is known.
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

removal remove_damaged(std::vector<descriptor> entries, const descriptor& damaged) {
  std::erase_if(entries, [&](const descriptor& each) {
    return each.name == damaged.name && each.digest == damaged.digest;
  });
  write_index(entries);
  const std::string& name = damaged.name.empty() ? damaged.digest : damaged.name;
  events::tell({"image", "untag", damaged.digest, {{"name", name}}});
  return {{name}, remove_unused()};
}

}  // namespace

unique_fd hold() {
  make_store();
  return lock_use(false);
}

found find(const std::string& reference) {
  const kept one = look_up(read_index(), reference);
  const auto config = read_configuration(one);
  found result{one.id(), reference, {}, config.text};
  for (const auto& id : config.diff_ids) {
    result.layers.push_back(layer_tree(id));
    if (!sys::exists(result.layers.back()))
      throw usage_error(failure_kind::damaged,
                        fmt::format("image {} lacks its layer {}", reference, id),
                        "load the image again");
  }
  return result;
}

std::vector<summary> list(const std::function<void(const usage_error&)>& on_damage) {
  std::vector<summary> all;
  for (const auto& one : readable(read_index(), on_damage)) {
    try {
      all.push_back(summary_of(one));
    } catch (const usage_error& damaged) {
      if (on_damage) on_damage(damaged);
    }
  }
  std::ranges::stable_sort(all, std::greater{}, &summary::created);
  return all;
}

std::set<std::string> ids() {
  std::set<std::string> all;
  for (const auto& one : readable(read_index())) all.insert(one.id());
  return all;
}

std::uint64_t size_bytes(const std::set<std::string>& ids) {
  std::set<std::string> layers;
  for (const auto& id : ids)
    for (auto& layer : layers_or_none(id)) layers.insert(std::move(layer));
  std::uint64_t sum = 0;
  for (const auto& layer : layers) sum += layer_size(layer);
  return sum;
}

std::vector<step> history(const std::string& reference) {
  const kept one = look_up(read_index(), reference);
  const auto config = read_configuration(one);
  std::vector<step> all;
  std::size_t layer = 0;
  const auto next_size = [&] {
    return layer < config.diff_ids.size() ? layer_size(config.diff_ids[layer++]) : 0;
  };
  for (const auto& entry : config.history)
    all.push_back({"", parse_time(entry.created), entry.created_by,
                   entry.empty_layer ? 0 : next_size(), entry.comment});
  while (layer < config.diff_ids.size())  // layers that the history doesn't tell of
    all.push_back({"", parse_time(config.created), "", next_size(), ""});
  std::ranges::reverse(all);
  if (!all.empty()) all.front().id = one.id();
  return all;
}

void tag(const std::string& reference, const std::string& name) {
  const std::string wanted = parse_reference(name).text();
  const unique_fd use = hold();
  const unique_fd lock = lock_index();
  auto entries = read_index();
  descriptor named = look_up(entries, reference).entry;
  named.name = wanted;
  give_name(entries, named);
  write_index(entries);
  events::tell({"image", "tag", read_image(named).id(), {{"name", wanted}}});
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
  const kept one = look_up(entries, reference);
  removal result;
  std::vector<descriptor> rest = entries;
  for (const auto& entry : chosen(entries, one, reference, force)) {
    std::erase_if(rest, [&](const descriptor& each) {
      return each.name == entry.name && each.digest == entry.digest;
    });
    if (!entry.name.empty()) result.untagged.push_back(entry.name);
  }
  const bool last = std::ranges::none_of(
      readable(rest), [&](const kept& each) { return each.id() == one.id(); });
  const bool in_use = last && used().contains(one.id());
  if (in_use) {
    if (!force)
      throw usage_error(failure_kind::conflict,
                        fmt::format("image {} is used by a container", reference),
                        "remove the container first, or take the name away with --force");
    rest.push_back(one.entry);
    rest.back().name.clear();
  }
  write_index(rest);
  for (const auto& name : result.untagged)
    events::tell({"image", "untag", one.id(), {{"name", name}}});
  if (!last || in_use) return result;
  result.deleted = remove_unused();
  result.deleted.insert(result.deleted.begin(), one.id());
  events::tell({"image", "delete", one.id(), {{"name", one.id()}}});
  return result;
}

}  // namespace zoomin::image
