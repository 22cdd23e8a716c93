// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <fnmatch.h>

#include <ctime>
#include <set>

#include "base/json.hpp"
#include "cli/command.hpp"
#include "cli/text/template.hpp"
#include "docker/filters.hpp"
#include "docker/units.hpp"
#include "image/image.hpp"
#include "image/reference.hpp"
#include "image/store.hpp"

namespace zoomin::cli {

namespace {

using image::summary;

// "web", "web:1", "*/web:*": the name with its tag, or without; fnmatch(3).
bool is_like(const summary& one, const std::string& pattern) {
  if (one.repository.empty()) return false;
  const std::string tagged = one.repository + ":" + one.tag;
  return ::fnmatch(pattern.c_str(), one.repository.c_str(), FNM_PATHNAME) == 0 ||
         ::fnmatch(pattern.c_str(), tagged.c_str(), FNM_PATHNAME) == 0;
}

// "web" means all of its tags, "web:1" that one; it may be a pattern as above.
bool is_meant(const summary& one, const std::string& wanted) {
  if (one.repository.empty()) return false;
  if (wanted.find_first_of("*?[") != std::string::npos) return is_like(one, wanted);
  if (const auto named = image::parse_digested(wanted))
    return one.repository == named->repository && one.digest == named->digest;
  const auto name = image::parse_reference(wanted);
  return one.repository == name.repository &&
         (!image::has_tag(wanted) || one.tag == name.tag);
}

const json headings{{"Repository", "REPOSITORY"},
                    {"Tag", "TAG"},
                    {"Digest", "DIGEST"},
                    {"ID", "IMAGE ID"},
                    {"CreatedSince", "CREATED"},
                    {"CreatedAt", "CREATED AT"},
                    {"Size", "SIZE"}};

json fields_of(const summary& one, bool whole, std::int64_t now) {
  return {{"Repository", or_none(one.repository)},
          {"Tag", or_none(one.tag)},
          {"Digest", or_none(one.digest)},
          {"ID", whole ? one.id : short_id(one.id)},
          {"CreatedSince", ago_text(one.created, now)},
          {"CreatedAt", moment_text(one.created)},
          {"Size", size_text(one.size_bytes)}};
}

// An image with several names is told once.
void drop_repeated(std::vector<summary>& images) {
  std::set<std::string> seen;
  std::erase_if(images, [&](const summary& one) { return !seen.insert(one.id).second; });
}

std::int64_t creation_of(const std::string& image) {
  const auto config = image::parse_configuration(image::find(image).config);
  return image::parse_time(config.created);
}

bool meets(const summary& one, std::string_view key, const std::string& value) {
  if (key == "reference") return is_like(one, value);
  if (key == "dangling") return parse_truth(value) == one.repository.empty();
  if (key == "before") return one.created < creation_of(value);
  if (key == "since") return one.created > creation_of(value);
  const auto config = files::parse_own<json>(image::inspect(one.id), one.id).at("Config");
  const auto labels = config.find("Labels");
  return labels != config.end() && !labels->is_null() &&
         has_label(labels->get<label_map>(), value);
}

int list_images(const arguments& all) {
  using enum kind;
  const flags asked("image ls",
                    {{"--all", 'a', toggle, "", "(accepted for compatibility)"},
                     {"--digests", 0, toggle, "", "show digests"},
                     filter_flag,
                     format_flag,
                     no_trunc_flag,
                     quiet_flag},
                    all);
  const auto& wanted_names = asked.rest(0, 1);
  auto images = image::list(complain_of);
  if (!wanted_names.empty())
    std::erase_if(images,
                  [&](const summary& one) { return !is_meant(one, wanted_names[0]); });
  const filters wanted("image ls", asked,
                       {"reference", "dangling", "before", "since", "label"});
  for (const auto* key : {"before", "since"})
    for (const auto& value : wanted.values(key)) image::find(value);
  std::erase_if(images, [&](const summary& one) {
    return !wanted.pass([&](auto key, auto& value) { return meets(one, key, value); });
  });
  const bool ids = asked.on("--quiet"), digests = asked.on("--digests");
  if (ids) drop_repeated(images);
  std::vector<json> rows;
  const std::int64_t now = ::time(nullptr);
  for (const auto& one : images)
    rows.push_back(fields_of(one, asked.on("--no-trunc"), now));
  print(listed(rows, headings, ids ? "{{.ID}}" : asked.text("--format"),
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
