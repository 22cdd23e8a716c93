// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <fnmatch.h>

#include <ctime>
#include <set>

#include "base/json.hpp"
#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/filters.hpp"
#include "cli/text/template.hpp"
#include "docker/units.hpp"
#include "image/image.hpp"
#include "image/reference.hpp"
#include "image/store.hpp"

namespace zoomin::cli {

namespace {

using image::summary;

// Returns true if the name matches a pattern, with or without its tag: "web", "web:1",
// "*/web:*", fnmatch(3).
bool is_like(const summary& summary, const std::string& pattern) {
  if (summary.repository.empty()) return false;
  const std::string tagged = summary.repository + ":" + summary.tag;
  return ::fnmatch(pattern.c_str(), summary.repository.c_str(), FNM_PATHNAME) == 0 ||
         ::fnmatch(pattern.c_str(), tagged.c_str(), FNM_PATHNAME) == 0;
}

// Returns true if the image has this name. "web" means all of its tags, "web:1" only that
// one; the name may be a pattern.
bool is_named(const summary& summary, const std::string& wanted) {
  if (summary.repository.empty()) return false;
  if (wanted.find_first_of("*?[") != std::string::npos) return is_like(summary, wanted);
  if (const auto named = image::parse_digested(wanted))
    return summary.repository == named->repository && summary.digest == named->digest;
  const auto name = image::parse_reference(wanted);
  return summary.repository == name.repository &&
         (!image::has_tag(wanted) || summary.tag == name.tag);
}

const json headings{{"Repository", "REPOSITORY"},
                    {"Tag", "TAG"},
                    {"Digest", "DIGEST"},
                    {"ID", "IMAGE ID"},
                    {"CreatedSince", "CREATED"},
                    {"CreatedAt", "CREATED AT"},
                    {"Size", "SIZE"}};

json fields_of(const summary& summary, bool whole, std::int64_t now) {
  return {{"Repository", or_none(summary.repository)},
          {"Tag", or_none(summary.tag)},
          {"Digest", or_none(summary.digest)},
          {"ID", whole ? summary.id : short_id(summary.id)},
          {"CreatedSince", ago_text(summary.created, now)},
          {"CreatedAt", date_text(summary.created)},
          {"Size", size_text(summary.size_bytes)}};
}

// Keeps one row for an image with several names.
void drop_repeated(std::vector<summary>& images) {
  std::set<std::string> seen;
  std::erase_if(images, [&](const summary& one) { return !seen.insert(one.id).second; });
}

std::int64_t creation_of(const std::string& image) {
  const auto config = image::parse_configuration(image::find(image).config);
  return image::parse_time(config.created);
}

bool meets(const summary& summary, std::string_view key, const std::string& value) {
  if (key == "reference") return is_like(summary, value);
  if (key == "dangling") return parse_truth(value) == summary.tag.empty();
  if (key == "before") return summary.created < creation_of(value);
  if (key == "since") return summary.created > creation_of(value);
  const auto config =
      files::parse_own<json>(image::inspect(summary.id), summary.id).at("Config");
  const auto labels = config.find("Labels");
  return labels != config.end() && !labels->is_null() &&
         has_label(labels->get<label_map>(), value);
}

int list_images(const arguments& words) {
  using enum kind;
  const flags options("image ls",
                      {{"--all", 'a', toggle, "", "(accepted for compatibility)"},
                       {"--digests", 0, toggle, "", "show digests"},
                       filter_flag,
                       format_flag,
                       no_trunc_flag,
                       quiet_flag},
                      words);
  const auto& wanted_names = options.rest(0, 1);
  auto images = image::list(complain_of);
  if (!wanted_names.empty())
    std::erase_if(images,
                  [&](const summary& one) { return !is_named(one, wanted_names[0]); });
  const filters filter("image ls", options,
                       {"reference", "dangling", "before", "since", "label"});
  for (const auto* key : {"before", "since"})
    for (const auto& value : filter.values(key)) image::find(value);
  std::erase_if(images, [&](const summary& one) {
    return !filter.pass([&](auto key, auto& value) { return meets(one, key, value); });
  });
  const bool ids = options.on("--quiet"), digests = options.on("--digests");
  if (ids) drop_repeated(images);
  std::vector<json> rows;
  const std::int64_t now = ::time(nullptr);
  for (const auto& image : images)
    rows.push_back(fields_of(image, options.on("--no-trunc"), now));
  print(listed(rows, headings, ids ? "{{.ID}}" : options.text("--format"),
               fmt::format("table {{{{.Repository}}}}\t{{{{.Tag}}}}\t{}{{{{.ID}}}}\t"
                           "{{{{.CreatedSince}}}}\t{{{{.Size}}}}",
                           digests ? "{{.Digest}}\t" : "")));
  return 0;
}

const command images({"images", "image ls", "image list"},
                     {"list images", "[REPOSITORY[:TAG]]", "zoomin images",
                      "zoomin images -q -f dangling=true"},
                     list_images);

}  // namespace

}  // namespace zoomin::cli
