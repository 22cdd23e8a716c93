// SPDX-License-Identifier: MIT
#include "image/lookup.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "image/reference.hpp"

namespace zoomin::image {

namespace {

usage_error no_such(const std::string& reference) {
  return usage_error(fmt::format("No such image: {}", reference),
                     "`zoomin image ls` shows those that are here");
}

std::string without_algorithm(const std::string& text) {
  return text.starts_with("sha256:") ? text.substr(7) : text;
}

// By an id's beginning; a manifest's whole digest is as good.
kept by_id(const std::vector<descriptor>& entries, const std::string& text) {
  const std::string begin = without_algorithm(text);
  if (begin.empty() || !is_hexadecimal(begin)) throw no_such(text);
  std::vector<kept> matching;
  for (const auto& entry : entries) {
    kept one = read_image(entry);
    if (!one.id().starts_with("sha256:" + begin) && entry.digest != text) continue;
    if (matching.empty() || matching[0].id() != one.id())
      matching.push_back(std::move(one));
  }
  if (matching.empty()) throw no_such(text);
  if (matching.size() > 1)
    throw usage_error(
        fmt::format("{} begins the id of {} images", text, matching.size()));
  return matching[0];
}

}  // namespace

kept read_image(const descriptor& entry) {
  return {entry, parse_manifest(read_document(entry.digest))};
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

kept look_up(const std::vector<descriptor>& entries, const std::string& reference) {
  if (const auto* entry = by_name(entries, reference)) return read_image(*entry);
  return by_id(entries, reference);
}

}  // namespace zoomin::image
