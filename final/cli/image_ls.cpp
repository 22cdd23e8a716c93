// SPDX-License-Identifier: MIT
#include <algorithm>
#include <ctime>

#include "cli/command.hpp"
#include "cli/flags.hpp"
#include "cli/table.hpp"
#include "cli/units.hpp"
#include "image/image.hpp"
#include "image/reference.hpp"

namespace zoomin::cli {

namespace {

using image::summary;

std::string or_none(const std::string& text) { return text.empty() ? "<none>" : text; }

// "web" means all of its tags, "web:1" that one.
bool is_meant(const summary& one, const std::string& wanted) {
  if (one.repository.empty()) return false;
  const auto name = image::parse_reference(wanted);
  return one.repository == name.repository &&
         (!image::has_tag(wanted) || one.tag == name.tag);
}

std::string table_of(const std::vector<summary>& images, bool digests, bool whole) {
  std::vector<std::vector<std::string>> rows{{"REPOSITORY", "TAG"}};
  if (digests) rows[0].emplace_back("DIGEST");
  for (const auto* heading : {"IMAGE ID", "CREATED", "SIZE"})
    rows[0].emplace_back(heading);
  const std::int64_t now = ::time(nullptr);
  for (const auto& one : images) {
    auto& row = rows.emplace_back();
    row = {or_none(one.repository), or_none(one.tag)};
    if (digests) row.push_back(or_none(one.digest));
    row.push_back(whole ? one.id : short_id(one.id));
    row.push_back(ago_text(one.created, now));
    row.push_back(size_text(one.size_bytes));
  }
  return table_text(rows);
}

// An image with several names is told once.
std::string ids_of(const std::vector<summary>& images, bool whole) {
  std::vector<std::string> seen;
  std::string text;
  for (const auto& one : images) {
    if (std::ranges::find(seen, one.id) != seen.end()) continue;
    seen.push_back(one.id);
    text += (whole ? one.id : short_id(one.id)) + "\n";
  }
  return text;
}

int list_images(const arguments& all) {
  using enum kind;
  const flags asked("image ls",
                    {{"--all", 'a', toggle, "", "no image is ever left out"},
                     {"--digests", 0, toggle, "", "and the manifests' digests"},
                     {"--format", 0, text, "", ""},
                     {"--no-trunc", 0, toggle, "", "whole ids"},
                     {"--quiet", 'q', toggle, "", "only ids"}},
                    all);
  if (asked.has("--format")) throw not_supported("image ls --format");
  if (asked.rest().size() > 1)
    throw usage_error("image ls: at most one REPOSITORY[:TAG]");
  auto images = image::list();
  if (!asked.rest().empty())
    std::erase_if(images,
                  [&](const summary& one) { return !is_meant(one, asked.rest()[0]); });
  const bool whole = asked.on("--no-trunc");
  print(asked.on("--quiet") ? ids_of(images, whole)
                            : table_of(images, asked.on("--digests"), whole));
  return 0;
}

const command images({"images", "image ls", "image list"}, "the images that are here",
                     list_images);

}  // namespace

}  // namespace zoomin::cli
