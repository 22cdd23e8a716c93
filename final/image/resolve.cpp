// SPDX-License-Identifier: MIT
#include "image/resolve.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "image/reference.hpp"

namespace zoomin::image {

namespace {

usage_error no_such(const std::string& reference) {
  return {failure_kind::not_found, fmt::format("No such image: {}", reference),
          "zoomin images lists the images"};
}

[[noreturn]] void refuse_damaged(const descriptor& entry, const char* why) {
  const std::string& name = entry.name.empty() ? entry.digest : entry.name;
  throw usage_error(failure_kind::damaged,
                    fmt::format("image {} is damaged: {}", name, why),
                    fmt::format("load it again, or remove it: zoomin rmi -f {}", name));
}

// Calls `read`. If a file is missing or malformed, throws an error that names the image.
template <typename Read>
auto whole_or_damaged(const descriptor& entry, Read&& read) {
  try {
    return read();
  } catch (const usage_error& malformed) {
    refuse_damaged(entry, malformed.what());
  } catch (const sys::error& failure) {
    if (failure.number() != ENOENT) throw;
    refuse_damaged(entry, failure.what());
  }
}

std::string without_algorithm(const std::string& text) {
  return text.starts_with("sha256:") ? text.substr(7) : text;
}

// Finds an image by the beginning of its id, or by the whole digest of its manifest.
stored_image find_by_id(const std::vector<descriptor>& entries, const std::string& text) {
  const std::string begin = without_algorithm(text);
  if (begin.empty() || !is_hexadecimal(begin)) throw no_such(text);
  std::vector<stored_image> matching;
  for (const auto& entry : entries)
    if (entry.digest == text) return read_image(entry);
  for (auto& image : readable(entries)) {
    if (!image.id().starts_with("sha256:" + begin)) continue;
    if (matching.empty() || matching[0].id() != image.id())
      matching.push_back(std::move(image));
  }
  if (matching.empty()) throw no_such(text);
  if (matching.size() > 1)
    throw usage_error(failure_kind::conflict,
                      fmt::format("multiple IDs found with provided prefix: {}", text),
                      "give more of the ID");
  return matching[0];
}

}  // namespace

stored_image read_image(const descriptor& entry) {
  return whole_or_damaged(entry, [&] {
    return stored_image{entry, parse_manifest(read_document(entry.digest))};
  });
}

configuration read_configuration(const stored_image& image) {
  return whole_or_damaged(image.entry,
                          [&] { return parse_configuration(read_document(image.id())); });
}

std::vector<stored_image> readable(
    const std::vector<descriptor>& entries,
    const std::function<void(const usage_error&)>& on_damage) {
  std::vector<stored_image> images;
  for (const auto& entry : entries) {
    try {
      images.push_back(read_image(entry));
    } catch (const usage_error& damaged) {
      if (on_damage) on_damage(damaged);
    }
  }
  return images;
}

const descriptor* by_name(const std::vector<descriptor>& entries,
                          const std::string& text) {
  std::string name;
  try {
    name = parse_reference(text).text();
  } catch (const usage_error&) {
    return nullptr;
  }
  const auto found = std::ranges::find(entries, name, &descriptor::name);
  return found == entries.end() ? nullptr : &*found;
}

std::vector<descriptor> by_digest(const std::vector<descriptor>& entries,
                                  const std::string& text) {
  const auto named = parse_digested(text);
  std::vector<descriptor> found;
  if (!named) return found;
  const std::string pulled = named->repository + "@" + named->digest;
  for (const auto& entry : entries) {
    const bool same = !entry.name.empty() && entry.digest == named->digest &&
                      parse_reference(entry.name).repository == named->repository;
    if (same || entry.pulled == pulled) found.push_back(entry);
  }
  return found;
}

stored_image resolve(const std::vector<descriptor>& entries,
                     const std::string& reference) {
  if (const auto* entry = by_name(entries, reference)) return read_image(*entry);
  if (const auto same = by_digest(entries, reference); !same.empty())
    return read_image(same.front());
  return find_by_id(entries, reference);
}

}  // namespace zoomin::image
